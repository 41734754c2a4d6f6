"""The destination's tables: which columns they have, and how records become rows.

Nothing here talks to anybody; every function depends on its arguments alone.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from reading import TABLES, Table
from timestamps import parse_epoch_milliseconds, parse_epoch_seconds, parse_timestamp, parse_utc
#: body

# The largest integer that the destination takes without being told a type.
{{ c.own.MAX_LONG }} = 2**63 - 1
#% include "models/values.py"
#% include "models/column-types.py"

# All columns of each table, by its name.
{{ c.own.COLUMNS }}: dict[str, tuple[str, ...]] = {
#% for table in c.tables
    {{ table.name | py }}: {{ table.columns }},
#% endfor
}
#% if c.any_types

# Only where the destination could not tell the type by the value, or would lose some of it.
{{ c.own.TYPES }}: dict[str, dict[str, ColumnType]] = {
#% for table in c.tables
#% if table.types
    {{ table.name | py }}: {{ table.types }},
#% endif
#% endfor
}
#% endif


def table_schemas() -> list[dict]:
    """Return keys and types as the SDK declares them; it infers the type of every other column."""
#% if c.any_types
    schemas = []
    for table in TABLES:
        columns = {name: kind.declared for name, kind in {{ c.types_of }}.items()}
        schemas.append(
            {"table": table.name, "primary_key": {{ c.key_list }}, "columns": columns}
        )
    return schemas
#% else
    return [{"table": table.name, "primary_key": {{ c.key_list }}} for table in TABLES]
#% endif
#% if c.rename_keys


def key_columns(table: Table) -> list[str]:
    """Return the key columns of a table as the destination names them."""
    return [destination_name(column) for column in table.primary_key]
#% endif


def shape_row(table: Table, record: dict, position: int) -> dict:
    """Make a row of a record; `position` tells errors which record of its page it is.

    Every column is there, null where the record has no such field, because an upsert replaces
    the whole row. Fields that are not known as columns are kept.
    """
#% if c.any_rename
    record = {destination_name(name): value for name, value in record.items()}
#% endif
    row = dict.fromkeys({{ c.own.COLUMNS }}[table.name]) | record
#% if c.any_types
    types = {{ c.types_of }}
#% endif
    for column, value in row.items():
#% if c.any_types
        row[column] = typed(table, column, value) if column in types else lossless(value)
#% else
        row[column] = lossless(value)
#% endif
    missing = [column for column in {{ c.keys }} if row[column] is None]
    if missing:
        raise ValueError(
            f"{table.name}: record {position} of a page has no value for its key {missing}"
        )
    return row
#% if c.any_flag or c.any_feed


def key_of(table: Table, row: dict) -> dict:
    """Return the key columns of a row."""
    return {column: row[column] for column in {{ c.keys }}}
#% endif
#% if c.any_types


def typed(table: Table, column: str, value: Any) -> Any:
#% if c.native
    """Return a value in the form its declared type wants."""
#% elif c.type_names.BINARY
    """Return a value in the form its declared type wants.

    Blank text stands for no value, but among bytes for none of them.
    """
#% else
    """Return a value in the form its declared type wants. Blank text stands for no value."""
#% endif
    kind = {{ c.own.TYPES }}[table.name][column]
#% if c.native
    if value is None:
#% elif c.type_names.JSON and c.type_names.BINARY
    if value is None or (value == "" and kind not in ({{ c.own.JSON }}, {{ c.own.BINARY }})):
#% elif c.type_names.JSON or c.type_names.BINARY
    if value is None or (value == "" and kind is not {{ c.own.JSON if c.type_names.JSON else c.own.BINARY }}):
#% else
    if value is None or value == "":
#% endif
        return None
    try:
        return kind.convert(value)
#% if c.native
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
#% else
    except (ArithmeticError, TypeError, ValueError) as error:
#% endif
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
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > {{ c.own.MAX_LONG }}):
        return str(value)
#% if c.plain_numbers
    return plain_numbers(value) if isinstance(value, (dict, list)) else value
#% else
    return value
#% endif
#% if c.any_rename


def destination_name(name: str) -> str:
    """Return the column for a field: names that begin with `_fivetran_` belong to the platform."""
    return f"source_{name}" if name.startswith("_fivetran_") else name
#% endif
