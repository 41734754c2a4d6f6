"""Runs an update as the platform's pipelines do: a flow per table, each with its own instance."""

import json
import pickle
from collections.abc import Callable, Iterator

from {{ c.module }} import {{ "SEQUENCE_COLUMNS, " if c.sequenced }}{{ c.class_name }}LakeflowConnect
#% if c.incremental

# Small, so that a table takes several micro-batches.
TABLE_OPTIONS = {"max_records_per_batch": "10"}
MAX_MICRO_BATCHES = 200
#% else

TABLE_OPTIONS: dict[str, str] = {}
#% endif


class Destination:
    """A pipeline's tables and offsets, both as they were after the last micro-batch."""

    def __init__(self):
        connector = {{ c.class_name }}LakeflowConnect({})
        names = connector.list_tables()
        self.metadata = {name: connector.read_table_metadata(name, {}) for name in names}
        self.primary_keys = {name: kept["primary_keys"] for name, kept in self.metadata.items()}
        self.tables: dict[str, dict] = {name: {} for name in names}
        # The offset of each flow.
        self.state: dict = {}
        # Those after all micro-batches of the last update, and how many rows came with it.
        self.states: list[dict] = []
        self.received = 0

    def sync(self, options: dict, last_checkpoint: int | None = None):
        """Go on from the offsets; after `last_checkpoint` micro-batches the update is cut off."""
        self.states, self.received = [], 0
        for _ in self._micro_batches(options):
            self.states.append(self.state)
            if len(self.states) == last_checkpoint:
                return

    def rows(self, table: str) -> list[dict]:
#% if c.sequenced
        """Return the rows of a table, without the number that tells when a version was read."""
        number = SEQUENCE_COLUMNS.get(table)
        return [
            {column: value for column, value in row.items() if column != number}
            for row in self.tables[table].values()
        ]
#% else
        """Return the rows of a table."""
        return list(self.tables[table].values())
#% endif

    def _micro_batches(self, options: dict) -> Iterator[None]:
        """Yield once per micro-batch, when its rows and the offset after it are written."""
        for table{{ ", metadata" if c.incremental }} in self.metadata{{ ".items()" if c.incremental }}:
            connector = new_instance(options)
#% if c.incremental and c.whole
            if metadata["ingestion_type"] == "snapshot":
                yield from self._snapshot(connector, table)
            else:
                yield from self._stream(connector.read_table, table, self._write)
#% elif c.incremental
            yield from self._stream(connector.read_table, table, self._write)
#% else
            yield from self._snapshot(connector, table)
#% endif
#% if c.deletes
            if metadata["ingestion_type"] == "cdc_with_deletes":
                yield from self._stream(connector.read_table_deletes, table, self._remove)
#% endif
#% if c.whole

    def _snapshot(self, connector: {{ c.class_name }}LakeflowConnect, table: str) -> Iterator[None]:
        """Replace a table by what is read now."""
        rows, _ = connector.read_table(table, None, TABLE_OPTIONS)
        self.tables[table] = {self._key(table, row): row for row in fitted(connector, table, rows)}
        self.received += len(self.tables[table])
        yield
#% endif
#% if c.incremental

    def _stream(self, read: Callable, table: str, apply: Callable[[str, list[dict]], None]) -> Iterator[None]:
        """Read on until an offset comes back as it was."""
        flow = f"{read.__name__} {table}"
        for _ in range(MAX_MICRO_BATCHES):
            offset = self.state.get(flow, {})
            rows, after = read(table, json.loads(json.dumps(offset)), TABLE_OPTIONS)
            batch = list(fitted(read.__self__, table, rows))
            if after == offset:
                if batch:
                    raise ValueError(f"{table}: {len(batch)} rows came with an offset that did not move")
                return
            apply(table, batch)
            self.received += len(batch)
            self.state = self.state | {flow: json.loads(json.dumps(after))}
            yield
        raise ValueError(f"{table}: after {MAX_MICRO_BATCHES} micro-batches the offset still moves")

    def _write(self, table: str, rows: list[dict]) -> None:
#% if c.append
        kept = self.tables[table]
        for row in rows:
            # Rows without a key are added, whatever is there.
            kept[self._key(table, row) if self.primary_keys[table] else len(kept)] = row
#% else
        for row in rows:
            self.tables[table][self._key(table, row)] = row
#% endif
#% endif
#% if c.deletes

    def _remove(self, table: str, rows: list[dict]) -> None:
        for row in rows:
            self.tables[table].pop(self._key(table, row), None)
#% endif

    def _key(self, table: str, row: dict) -> str:
        return json.dumps([row[column] for column in self.primary_keys[table]])


def new_instance(options: dict) -> {{ c.class_name }}LakeflowConnect:
    """Return an instance as it arrives on another machine."""
    return pickle.loads(pickle.dumps({{ c.class_name }}LakeflowConnect(options)))


def fitted(connector: {{ c.class_name }}LakeflowConnect, table: str, rows: Iterator[dict]) -> Iterator[dict]:
    """Yield rows with the columns that the schema has: the platform drops all others."""
    columns = connector.get_table_schema(table, TABLE_OPTIONS).names
    for row in rows:
        text = json.dumps({column: row.get(column) for column in columns})
#% if c.floats
        # NaN does not equal itself, but its name does.
        yield json.loads(text, parse_constant=str)
#% else
        yield json.loads(text)
#% endif
