"""Databricks Lakeflow community connector for {{ c.title_line }}.
#% if c.description | length

{{ c.description | join("\n") }}.
#% endif
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime, timezone
from time import time_ns

from databricks.labs.community_connector.interface import LakeflowConnect
from databricks.labs.community_connector.sparkpds import LakeflowSource
from pyspark.sql.types import StructType
from {{ c.client_module }} import Client, validate_configuration
from reading import TABLES, Table, {{ c.reading_imports | join(", ") }}
from schemas import REQUIRED_COLUMNS, TABLE_SCHEMAS, runtime_row
#: body

# How the platform takes each table in.
TABLE_METADATA = {
#% for table in c.tables
    {{ table.name | py }}: {{ table.metadata | py }},
#% endfor
}
#% if c.incremental or c.keyed_by_hash

# Writes rows as text, whatever the order of their fields.
ROW_ENCODER = json.JSONEncoder(sort_keys=True, default=str)
#% endif
#% if c.keyed_by_hash

# The column that is added as key where the source has none.
ROW_KEYS = {{ c.row_keys | py }}
#% endif
#% if c.sequenced

# The column that is added where the source has none that orders the versions of a row.
SEQUENCE_COLUMNS = {{ c.sequence_columns | py }}
#% endif
#% if c.flag_deletes and c.feed_deletes

# Tables whose deleted keys are listed apart from their rows.
TABLES_WITH_FEED = {{ c.feed_tables }}
#% endif
#% if c.incremental

# Rows after which a micro-batch ends, unless the table's options say otherwise.
DEFAULT_BATCH_ROWS = {{ c.batch_rows }}
# What of a micro-batch is held in memory; the rest lies on disk until it is read.
MAX_BATCH_BYTES = 4 * 1024 * 1024
#% endif


class {{ c.class_name }}LakeflowConnect(LakeflowConnect):
    """Reads the tables for the platform.
#% if c.incremental

    The offset of a table that is read incrementally has
    - saved: {{ c.saved_doc | join("\n      ") }}
    - read_to_end_at: when the last read that came to the end began
    - digest: what that read brought, where it went no further than the one before
#% if c.sequenced
    - sequence: the last of the numbers by which the versions of rows are told
#% endif
#% endif
    """

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self.options = options
#% if c.incremental
        # Whoever reads to the end after this moment is done: what changes later is for the next update.
        self._init_time = utc_now()
#% endif

    def list_tables(self) -> list[str]:
        """Return the names of all tables."""
        return list(TABLE_SCHEMAS)

    def get_table_schema(self, table_name: str, table_options: dict[str, str]) -> StructType:
        """Return the schema of a table."""
        return TABLE_SCHEMAS[table_named(table_name).name]

    def read_table_metadata(self, table_name: str, table_options: dict[str, str]) -> dict:
        """Return keys, cursor and ingestion type of a table."""
        return deepcopy(TABLE_METADATA[table_named(table_name).name])

    def read_table(
        self, table_name: str, start_offset: dict | None, table_options: dict[str, str]
    ) -> tuple[Iterator[dict], dict]:
#% if c.incremental and c.whole
        """Return the rows of a table after an offset, and the offset after them.

        A table that is read whole is never cut, and its offset means nothing.
        """
        table = table_named(table_name)
        if TABLE_METADATA[table.name]["ingestion_type"] == "snapshot":
            return self._whole_table(table), {}
        return self._micro_batch(table, {{ c.upserts_argument }}start_offset or {}, batch_rows(table_options))
#% elif c.incremental
        """Return the rows of a table after an offset, and the offset after them."""
        table = table_named(table_name)
        return self._micro_batch(table, {{ c.upserts_argument }}start_offset or {}, batch_rows(table_options))
#% else
        """Return all rows of a table, whatever the offset: there is nothing to tell what changed."""
        table = table_named(table_name)
        return self._whole_table(table), {}
#% endif
#% if c.deletes

    def read_table_deletes(
        self, table_name: str, start_offset: dict | None, table_options: dict[str, str]
    ) -> tuple[Iterator[dict], dict]:
        """Return the keys of rows that were deleted after an offset, and the offset after them."""
        table = table_named(table_name)
        if TABLE_METADATA[table.name]["ingestion_type"] != "cdc_with_deletes":
            raise ValueError(f"{table.name}: the source does not tell which of its rows were deleted")
#% if c.flag_deletes and c.feed_deletes
        pages = feed_tombstones if table.name in TABLES_WITH_FEED else flag_tombstones
        return self._micro_batch(table, pages, start_offset or {}, batch_rows(table_options))
#% else
        return self._micro_batch(table, {{ "feed_tombstones" if c.feed_deletes else "flag_tombstones" }}, start_offset or {}, batch_rows(table_options))
#% endif
#% endif
#% if c.whole

    def _whole_table(self, table: Table) -> Iterator[dict]:
        """Yield all rows of a table as they are now."""
        validate_configuration(self.options)
        with Client(self.options) as client:
#% if c.keyed_by_hash == "all"
            yield from with_row_keys(snapshot_rows(client, table), ROW_KEYS[table.name])
#% elif c.keyed_by_hash
            rows = snapshot_rows(client, table)
            key = ROW_KEYS.get(table.name)
            yield from rows if key is None else with_row_keys(rows, key)
#% else
            yield from snapshot_rows(client, table)
#% endif
#% endif
#% if c.incremental

    def _micro_batch(
        self,
        table: Table,
#% if c.deletes
        pages: Callable[[Client, Table, dict], Iterator[tuple[list[dict], dict]]],
#% endif
        start: dict,
        limit: int,
    ) -> tuple[Iterator[dict], dict]:
        """Read pages up to the first after which the table can be gone on with and `limit` is reached.

        Without any such page the batch is all there is. What was read before comes again, as rows
        may arrive late; when nothing else comes, there is no progress: no rows, the same offset.
        """
        began = utc_now()
        if self._init_time <= start.get("read_to_end_at", "") <= began:
            return iter(()), start
        validate_configuration(self.options)
        saved = reached = start.get("saved", {})
        batch = MicroBatch({{ "table, start" if c.sequenced else "" }})
        at_end = True
        with Client(self.options) as client:
            for page, reached in {{ "pages" if c.deletes else "upsert_pages" }}(client, table, saved):
                batch.add(page)
                if batch.size >= limit and reached != saved:
                    at_end = False
                    break
        if reached == saved and (batch.size == 0 or batch.digest() == start.get("digest")):
            batch.close()
            return iter(()), start
        offset = {"saved": reached}
        if at_end:
            offset["read_to_end_at"] = began
        if reached == saved:
            offset["digest"] = batch.digest()
#% if c.sequenced
        return batch.rows(), offset | batch.sequence_state()
#% else
        return batch.rows(), offset
#% endif
#% endif


class {{ c.class_name }}DataSource(LakeflowSource):
    """The data source that the platform registers; its format is named lakeflow_connect."""

    _lakeflow_connect_cls = {{ c.class_name }}LakeflowConnect


def table_named(name: str) -> Table:
    """Return a table of this connector."""
    for table in TABLES:
        if table.name == name:
            return table
    raise ValueError(f"There is no table {name!r}; there are {', '.join(TABLE_SCHEMAS)}")
#% if c.incremental


def utc_now() -> str:
    """Return the time as text that sorts as time does."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def batch_rows(table_options: dict[str, str]) -> int:
    """Return the number of rows after which a micro-batch of a table ends."""
    text = str(table_options.get("max_records_per_batch", DEFAULT_BATCH_ROWS)).strip()
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"The table option 'max_records_per_batch' is no whole number above 0: {text!r}")
    return int(text)


def upsert_pages(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield pages of rows after a saved value, each with the value to save after it."""
    for page, reached in read_changes(client, table, saved):
#% if c.flag_incremental
        yield [runtime_row(table.name, record) for record in page if not is_deleted(table, record)], reached
#% else
        yield [runtime_row(table.name, record) for record in page], reached
#% endif
#% endif
#% include "connector/tombstones.py"
#% include "connector/snapshot.py"
#% if c.incremental or c.keyed_by_hash


def row_text(row: dict) -> bytes:
    """Return a row as one text, whatever the order of its fields."""
    return ROW_ENCODER.encode(row).encode()
#% endif
#% if c.incremental


#% include "connector/micro-batch.py"
#% endif
