"""Runs one sync of a connector as the platform's runtime does: driver.py <connector directory> <module, or nothing>.

Each flow has an instance of its own, which went through pickling. A snapshot is read once, its offset thrown away; a
stream is read on until an offset comes back unchanged; deletes are a second stream of the same table.
"""

import importlib.util
import inspect
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.path.join(HERE, "..", "..", "debugger", "python")
sys.path.insert(0, SHARED)
sys.path.insert(0, os.path.join(HERE, "standin"))

from coercion import Coercion
from confined import confine
from databricks.labs.community_connector.interface import LakeflowConnect
from harness import Harness
from pyspark import cloudpickle
from pyspark.sql.types import StructType, _make_type_verifier
from shortened import shorten_waits
from versions import AMBIGUOUS, OLDER, Versions
from wire import declared, wire_value

INGESTION_TYPES = ("snapshot", "cdc", "cdc_with_deletes", "append")
ROWS_PER_EVENT = 500
# Little beside what a connector holds itself: its memory is measured.
BYTES_PER_EVENT = 256 * 1024
# How the harness tells the connector's log from what else is printed.
LOG_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s ⚡ connector %(message)s"
# With more micro-batches than this in one update, the stream does not come to an end.
MAX_BATCHES = 10_000


class Fault(Exception):
    """What the platform would stop the pipeline for."""


class Sync:
    """One sync: the request, and what was found out about the connector."""

    def __init__(self, harness: Harness, request: dict, connector: type) -> None:
        self.harness = harness
        self.connector = connector
        self.options = request["configuration"]
        self.state = json.loads(request["state"])
        self.versions = Versions(request["versions"])
        self.max_batches = int(os.environ.get("SYNCSMITH_MAX_BATCHES", MAX_BATCHES))
        # As many rows as a micro-batch has without it are more than a test wants to wait for.
        rows = os.environ.get("SYNCSMITH_BATCH_ROWS")
        self.table_options = {} if rows is None else {"max_records_per_batch": rows}
        self.checked: dict[str, dict] = {}

    def run(self) -> None:
        """Syncs all tables, one after the other."""
        names = self.instance({}).list_tables()
        if not names or len(set(names)) < len(names):
            raise Fault(f"list_tables() gave {names}: names of tables, each once, are wanted")
        for name in names:
            self.checked[name] = self.check(name)
        self.harness.emit("declare", tables=list(self.checked.values()))
        for name in names:
            table = self.checked[name]
            if table["ingestion"] == "snapshot":
                self.read_snapshot(table)
            else:
                self.read_stream(table, deletes=False)
            if table["ingestion"] == "cdc_with_deletes":
                self.read_stream(table, deletes=True)

    def flow_options(self, table: str) -> dict:
        """What the runtime gives a flow: the connection's values, the table's options and its own."""
        return {**self.options, **self.table_options, "databricks.connection": "local", "tableName": table}

    def instance(self, options: dict) -> LakeflowConnect:
        """An instance as it arrives where it is used."""
        made = self.connector({**self.options, **options})
        try:
            return cloudpickle.loads(cloudpickle.dumps(made))
        except Exception as error:
            raise Fault(f"the connector's instance cannot be pickled: {error}") from error

    def check(self, name: str) -> dict:
        """Asks for schema and metadata, and refuses what the platform would."""
        options = self.flow_options(name)
        instance = self.instance(options)
        schema = instance.get_table_schema(name, options)
        if not isinstance(schema, StructType) or not schema.fields:
            raise Fault(f"{name}: the schema is no StructType with fields")
        if self.instance(options).get_table_schema(name, options) != schema:
            raise Fault(f"{name}: the schema is another one when it is asked for again")
        if len({field.name.lower() for field in schema.fields}) < len(schema.fields):
            raise Fault(f"{name}: the schema has a name twice")
        metadata = instance.read_table_metadata(name, options)
        kind = metadata.get("ingestion_type", "cdc")
        if kind not in INGESTION_TYPES:
            raise Fault(f"{name}: there is no ingestion type {kind}")
        keys, cursor = list(metadata.get("primary_keys") or []), metadata.get("cursor_field")
        self.check_names(name, schema, {"keys": keys, "cursor": cursor, "kind": kind})
        return {
            "name": name,
            "ingestion": kind,
            "keys": keys,
            "cursor": cursor,
            "columns": [{"name": field.name, **declared(field.dataType)} for field in schema.fields],
            "schema": json.loads(schema.json()),
        }

    def check_names(self, name: str, schema: StructType, metadata: dict) -> None:
        """Keys and cursor are plain columns, and are there where the ingestion type needs them."""
        keys, cursor, kind = metadata["keys"], metadata["cursor"], metadata["kind"]
        for column in [*keys, *([cursor] if cursor else [])]:
            if column not in schema.names:
                raise Fault(f"{name}: {column} is a key or cursor, and no column at the top of the schema")
        if kind != "append" and not keys:
            raise Fault(f"{name}: the ingestion type {kind} needs primary keys")
        if kind.startswith("cdc") and not cursor:
            raise Fault(f"{name}: the ingestion type {kind} needs a cursor field")

    def read_snapshot(self, table: dict) -> None:
        """Reads a table once and whole: what is gone from it is deleted."""
        name = table["name"]
        options = self.flow_options(name)
        records, _ = self.result(self.instance(options).read_table(name, None, options), name)
        flow = Flow(self, table)
        self.versions.begin_snapshot()
        self.harness.emit("truncate", table=name)
        for record in records:
            row = flow.fit(record)
            if not self.versions.is_new_in_snapshot(flow.key(row)):
                raise Fault(f"{name}: the snapshot has the key {flow.key(row)} twice")
            flow.send("upsert", row)
        flow.end()
        self.save({})

    def read_stream(self, table: dict, *, deletes: bool) -> None:
        """Reads a stream on until its offset stays as it is."""
        name = table["name"]
        place = f"deletes of {name}" if deletes else name
        options = self.flow_options(name)
        instance = self.instance({**options, "isDeleteFlow": "true"} if deletes else options)
        offset = self.state.get(place, {})
        if offset == {} and not deletes:
            self.versions.forget(name)
        for _ in range(self.max_batches):
            read = instance.read_table_deletes if deletes else instance.read_table
            before = json.dumps(offset, sort_keys=True)
            records, after = self.result(read(name, json.loads(before), options), name)
            after = plain_offset(after, name)
            flow = Flow(self, table)
            for record in records:
                flow.change(record, deletes=deletes)
            flow.end()
            if json.dumps(after, sort_keys=True) == before:
                if flow.count:
                    raise Fault(f"{name}: {flow.count} rows came with an unchanged offset, which stops the pipeline")
                return
            offset = after
            self.save({place: after})
        raise Fault(f"{name}: the stream did not end within {self.max_batches} micro-batches")

    def result(self, answer, name: str) -> tuple[Iterator, object]:
        """What a reading method returned, checked."""
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise Fault(f"{name}: records and an offset are wanted, not {type(answer).__name__}")
        return iter(answer[0]), answer[1]

    def save(self, offsets: dict) -> None:
        """A micro-batch is done: its rows and the offset after it stand together."""
        self.state = {**self.state, **offsets}
        self.versions.save()
        self.harness.emit("checkpoint", state=json.dumps(self.state))


class Flow:
    """Rows of one micro-batch of a table on their way to the harness."""

    def __init__(self, sync: Sync, table: dict) -> None:
        self.sync = sync
        self.table = table
        self.schema = StructType.fromJson(table["schema"])
        self.coercion = Coercion(table["name"], self.schema)
        self.verify = _make_type_verifier(self.schema, nullable=False)
        self.names = [column["name"] for column in table["columns"]]
        self.count = 0
        self.noted: dict[str, int] = {}
        self._kind = "upsert"
        self._rows: list[list] = []
        self._size = 0

    def fit(self, record: dict) -> dict:
        """The record as the runtime makes a row of it, then as it goes to the warehouse."""
        self.count += 1
        name = self.table["name"]
        if not isinstance(record, dict):
            raise Fault(f"{name}: a record is a {type(record).__name__}, and no dict")
        try:
            row = self.coercion.row(record)
            self.verify(row)
            self.schema.toInternal(row)
            return {
                field.name: wire_value(row[field.name], field.dataType, record.get(field.name))
                for field in self.schema.fields
            }
        except Fault:
            raise
        except Exception as error:
            raise Fault(f"{name}: a record does not fit the schema: {error}") from error

    def key(self, row: dict) -> list:
        """The values that a row is found by."""
        key = [row[name] for name in self.table["keys"]]
        if None in key:
            raise Fault(f"{self.table['name']}: a row has no value for its key {self.table['keys']}")
        return key

    def change(self, record: dict, *, deletes: bool) -> None:
        """Takes a row of a stream, unless a newer version of it is there."""
        row = self.fit(record)
        if self.table["ingestion"] == "append":
            self.send("upsert", row)
            return
        name, cursor = self.table["name"], self.table["cursor"]
        if row[cursor] is None:
            raise Fault(f"{name}: a row has no value for {cursor}, by which versions are ordered")
        content = "deleted" if deletes else {field: value for field, value in row.items() if field != cursor}
        standing = self.sync.versions.take(name, self.key(row), row[cursor], content)
        if standing == AMBIGUOUS:
            self.note(f"{name}: versions of a row with the same {cursor}; the platform may keep either")
        if standing == OLDER:
            self.note(f"{name}: versions of rows older than those that are there, which the platform leaves out")
            return
        self.send("delete" if deletes else "upsert", row)

    def note(self, text: str) -> None:
        """Something that people should know, told once with how often it happened."""
        self.noted[text] = self.noted.get(text, 0) + 1

    def send(self, kind: str, row: dict) -> None:
        """Queues a row."""
        if kind != self._kind:
            self._flush()
            self._kind = kind
        values = [row[name] for name in self.names]
        self._rows.append(values)
        self._size += sum(len(value) for value in values if isinstance(value, str))
        if len(self._rows) >= ROWS_PER_EVENT or self._size >= BYTES_PER_EVENT:
            self._flush()

    def end(self) -> None:
        """Sends what is queued, and what was noted."""
        self._flush()
        for text, count in {**self.coercion.noted, **self.noted}.items():
            self.sync.harness.emit("warning", text=text, count=count)

    def _flush(self) -> None:
        if self._rows:
            self.sync.harness.emit("rows", table=self.table["name"], kind=self._kind, rows=self._rows)
        self._rows, self._size = [], 0


def plain_offset(offset, name: str) -> dict:
    """The offset as the platform keeps it, which is as JSON."""
    if not isinstance(offset, dict):
        raise Fault(f"{name}: the offset is a {type(offset).__name__}, and no dict")
    try:
        return json.loads(json.dumps(offset, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Fault(f"{name}: the offset cannot be written as JSON: {error}") from error


def module_in(directory: str) -> str:
    """The name of the one module in a directory that derives a class from the interface."""
    found = []
    for path in sorted(Path(directory).glob("*.py")):
        if "(LakeflowConnect" in path.read_text(encoding="utf-8", errors="replace"):
            found.append(path.stem)
    if len(found) != 1:
        raise FileNotFoundError(f"one module with a class that derives from LakeflowConnect is wanted, not {found}")
    return found[0]


def load(directory: str, name: str) -> type:
    """Imports the connector's module and returns its class.

    By its path, and with its directory last where modules are looked for: a connector may be named like a module of
    the standard library.
    """
    sys.path.remove(HERE)
    sys.path.remove(SHARED)
    for own in ("coercion", "confined", "harness", "shortened", "versions", "wire"):
        del sys.modules[own]
    sys.path.append(directory)
    name = name or module_in(directory)
    spec = importlib.util.spec_from_file_location(name, os.path.join(directory, f"{name}.py"))
    if spec is None or spec.loader is None or not os.path.exists(spec.origin or ""):
        raise FileNotFoundError(f"there is no {name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    classes = [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, LakeflowConnect) and found is not LakeflowConnect and found.__module__ == name
    ]
    if len(classes) != 1:
        raise TypeError(f"{name}.py has {len(classes)} classes that derive from LakeflowConnect, and not one")
    return classes[0]


def peak_memory() -> int | None:
    """Peak resident memory in bytes, where the system tells. `getrusage` would count what the process was before exec."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)
    except OSError:
        return None


def main(directory: str, name: str) -> None:
    """Runs the sync and tells how it went."""
    harness = Harness()
    request = harness.request()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, datefmt="%H:%M:%S", stream=sys.stderr)
    shorten_waits(lambda seconds: harness.emit("sleep", seconds=seconds))
    # What is known of versions lies beside the warehouse.
    places = (directory, os.path.dirname(request["versions"]))
    confine(lambda what, name: harness.emit("denied", what=what, name=name), places)
    where = "import"
    try:
        connector = load(directory, name)
        where = "sync"
        Sync(harness, request, connector).run()
    except BaseException as error:  # noqa: BLE001 - a SystemExit is the connector's failure, too
        harness.fail("fault" if isinstance(error, Fault) else where, error)
        os._exit(1)
    harness.emit("done", peak=peak_memory())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
