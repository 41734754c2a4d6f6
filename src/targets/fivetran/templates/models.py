"""The tables: where they are read, which columns they have, and how records become rows.

Nothing here talks to anybody; every function depends on its arguments alone.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

#% if c.api_imports | length
from api import {{ c.api_imports | join(", ") }}
#% endif
#: body

# The largest integer that the destination takes without being told a type.
MAX_LONG = 2**63 - 1
#% if c.iso

# ISO 8601 with or without dashes and colons, with or without a time, a fraction and a zone.
ISO_TIMESTAMP = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:(?P<separator>[Tt ])(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?"
    r"(?:[.,](?P<fraction>\d+))? ?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
#% endif
#% if c.epoch

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#% endif
#% include "models/read-values.py"
#% include "models/column-types.py"
#% include "models/cursors.py"
#% if c.any_parent

@dataclass(frozen=True)
class Parent:
    """The table whose rows a table is listed by."""

    table: "Table"
    # Column of this table -> column of the parent that its value comes from.
    columns: dict[str, str]

#% endif
#% if c.any_feed

@dataclass(frozen=True)
class DeleteFeed:
    """A listing, in one piece, of the keys that were deleted from a table."""

    path: str
    records: str
    # Key column of the table -> field of the listing.
    keys: dict[str, str]
#% if c.any_feed_cursor
    cursor: {{ c.cursor_hint }} | None = None
#% endif

#% endif

@dataclass(frozen=True)
class Table:
    """A table of the destination, and how the API lists its records."""

    name: str
    path: str
    # Path to the list of records in an answer.
    records: str
#% if c.paging_field
    paging: {{ c.paging_hint }}
#% endif
    primary_key: tuple[str, ...]
    columns: tuple[str, ...]
#% if c.any_types
    # Only where the destination could not tell the type by the value, or would lose some of it.
    types: dict[str, ColumnType] = field(default_factory=dict)
#% endif
#% if c.any_params
    # Sent with every request.
    params: dict[str, str] = field(default_factory=dict)
#% endif
#% if c.any_table_cursor
    # Set where only what changed since the last sync is read.
    cursor: {{ c.cursor_hint }} | None = None
#% endif
#% if c.any_steps
    # Set where the table is read in ranges of ids.
    steps: Steps | None = None
#% endif
#% if c.any_replace
    # Whether a row that is gone from the listing is deleted.
    replaced: bool = False
#% endif
#% if c.any_flag
    # Set where a row itself tells that it is deleted.
    deleted_flag: DeletedFlag | None = None
#% endif
#% if c.any_feed
    # Set where deleted rows are listed on their own.
    delete_feed: DeleteFeed | None = None
#% endif
#% if c.any_parent
    # Set where the API lists the table per row of another.
    parent: Parent | None = None
#% endif

#% for table in c.tables

#% for line in table.comment
# {{ line }}
#% endfor
{{ table.constant }} = {{ table.value }}
#% endfor

#% if c.any_parent
# In the order they are read.
#% endif
TABLES = {{ c.table_constants }}


def table_schemas() -> list[dict]:
    """Return keys and types as the SDK declares them; it infers the type of every other column."""
#% if c.any_types
    schemas = []
    for table in TABLES:
        columns = {name: kind.declared for name, kind in table.types.items()}
        schemas.append(
            {"table": table.name, "primary_key": list(table.primary_key), "columns": columns}
        )
    return schemas
#% else
    return [{"table": table.name, "primary_key": list(table.primary_key)} for table in TABLES]
#% endif


def shape_row(table: Table, record: dict, position: int) -> dict:
    """Make a row of a record; `position` tells errors which record of its page it is.

    Every column is there, null where the record has no such field, because an upsert replaces
    the whole row. Fields that are not known as columns are kept.
    """
#% if c.any_rename
    record = {destination_name(name): value for name, value in record.items()}
#% endif
    row = dict.fromkeys(table.columns) | record
    for column, value in row.items():
#% if c.any_types
        kind = table.types.get(column)
        row[column] = lossless(value) if kind is None else typed(table, column, value)
#% else
        row[column] = lossless(value)
#% endif
    missing = [column for column in table.primary_key if row[column] is None]
    if missing:
        raise ValueError(
            f"{table.name}: record {position} of a page has no value for its key {missing}"
        )
    return row

#% if c.any_flag or c.any_feed


def key_of(table: Table, row: dict) -> dict:
    """Return the key columns of a row."""
    return {column: row[column] for column in table.primary_key}
#% endif
#% if c.any_types


def typed(table: Table, column: str, value: Any) -> Any:
    """Return a value in the form its declared type wants. Blank text stands for no value."""
    kind = table.types[column]
#% if c.type_names.JSON
    if value is None or (value == "" and kind is not JSON):
#% else
    if value is None or value == "":
#% endif
        return None
    try:
        return kind.convert(value)
    except (ArithmeticError, TypeError, ValueError) as error:
        name = kind.declared if isinstance(kind.declared, str) else kind.declared["type"]
        raise ValueError(
            f"{table.name}.{column}: cannot read {value!r:.80} as {name}"
        ) from error
#% endif


def lossless(value: Any) -> Any:
    """Return a value such that the SDK's inference of types keeps all of it.

    The SDK sends a float without a declared type in 32 bits, and a larger integer than 64 bits
    as such a float. As text both stay exact.
    """
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_LONG):
        return str(value)
#% if c.decimals
    return plain_numbers(value) if isinstance(value, (dict, list)) else value
#% else
    return value
#% endif
#% if c.any_rename


def destination_name(name: str) -> str:
    """Return the column for a field: names that begin with `_fivetran_` belong to the platform."""
    return f"source_{name}" if name.startswith("_fivetran_") else name
#% endif
#% if c.any_flag


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record says of itself that it is deleted."""
    flag = table.deleted_flag
#% if c.flag_optional
    if flag is None:
        return False
#% endif
#% if c.flag_values == "all"
    value = record.get(flag.column)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in flag.values
#% elif c.flag_values == "some"
    value = record.get(flag.column)
    if not flag.values:
        return is_set(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in flag.values
#% else
    return is_set(record.get(flag.column))
#% endif
#% if c.flag_values != "all"


def is_set(value: Any) -> bool:
    """Tell whether a flag is set, however it is written: the text "false" is not."""
    return str(value).strip().lower() not in ("", "0", "false", "no", "none", "null")
#% endif
#% endif
