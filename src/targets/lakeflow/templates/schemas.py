"""The tables' schemas, and how records are written so that the runtime loses nothing of them.

The runtime fits each record to the schema by itself, leniently: it drops fields that are not in
the schema, takes any text for true, cuts fractions off integers, and writes objects as Python
would print them. Values that it could misread are put here into a form that it cannot.
"""

import base64
import json
import logging
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache, partial
from typing import Any

from pyspark.sql.types import ArrayType, BinaryType, BooleanType, DataType, DateType, DecimalType, DoubleType, LongType, StringType, StructField, StructType, TimestampType
#% if c.time_readers | length
from timestamps import {{ c.time_readers | join(", ") }}
#% endif
#: body

log = logging.getLogger(__name__)

TABLE_SCHEMAS = {
#% for table in c.tables
    {{ table.name | py }}: StructType(
        [
#% for field in table.fields
            StructField({{ field.name | py }}, {{ field.type }}{{ "" if field.nullable else ", nullable=False" }}),
#% endfor
        ]
    ),
#% endfor
}

# Columns of the source that every row has to have a value for: the platform finds rows by them.
REQUIRED_COLUMNS: dict[str, list[str]] = {
#% for table in c.tables
    {{ table.name | py }}: {{ table.required | py }},
#% endfor
}

# Places and fields that were warned of, so that the log has each of them once.
WARNED_FIELDS: set[tuple[str, str]] = set()

#% include "writers.py"

#% if c.writer_tables | length
# What writes the values of a column that the runtime could misread.
COLUMN_WRITERS: dict[str, dict[str, Callable[[Any], Any]]] = {
#% for table in c.writer_tables
    {{ table.name | py }}: {
#% for field in table.written
        {{ field.name | py }}: {{ field.write }},
#% endfor
    },
#% endfor
}
#% endif


def runtime_row(table: str, record: dict) -> dict:
    """Return a record in the form in which the runtime reads it as it is meant."""
    warn_of_unknown(table, record.keys() - TABLE_SCHEMAS[table].names)
    row = dict(record)
#% if c.writer_tables | length
    for column, write in COLUMN_WRITERS{{ "[table]" if c.writers_everywhere else ".get(table, {})" }}.items():
        value = row.get(column)
        if value is not None:
            row[column] = written(table, column, write, value)
#% endif
    missing = [column for column in REQUIRED_COLUMNS[table] if row.get(column) is None]
    if missing:
        raise ValueError(f"{table}: a record has no value for {missing}, by which rows are told apart")
    return row
#% if c.writer_tables | length


def written(table: str, column: str, write: Callable[[Any], Any], value: Any) -> Any:
    """Return a value in the form that suits its column's type."""
    try:
        return write(value)
    except (ArithmeticError, TypeError, ValueError) as error:
        kind = TABLE_SCHEMAS[table][column].dataType.simpleString()
        raise ValueError(f"{table}.{column}: cannot write {value!r:.80} as {kind}") from error
#% endif


def warn_of_unknown(place: str, fields: set[str]) -> None:
    """Log fields that no column is there for: the runtime leaves them out without a word."""
    for name in sorted(fields):
        if (place, name) not in WARNED_FIELDS:
            WARNED_FIELDS.add((place, name))
            log.warning("%s: the schema has no field %s, so the runtime leaves it out", place, name)
