"""What is read of the database, and how a table goes on from sync to sync."""

#% if c.uses.base64
import base64
#% endif
#% if c.uses.json
import json
#% endif
from collections.abc import Callable, Iterator
from dataclasses import dataclass
#% if c.uses.datetime
from datetime import datetime, timedelta
#% endif
#% if c.uses.decimal
from decimal import Decimal
#% endif
from typing import Any

from database import Client, DatabaseError{{ ", PassingError" if c.resumes else "" }}
#: body
#% if c.any_changes


@dataclass(frozen=True)
class Changes:
    """How what is new in a table is asked for."""

    # The condition for rows that are new since the saved value, which includes those that equal it.
    since: str
    order: str
#% if c.uses.saved_number
    # What the saved text is to the database.
    value: Callable[[str], Any]
#% elif c.uses.lookback
    # What the database is given for the saved text.
    value: Callable[[str], Any]
#% endif
#% if c.any_lookback
    # By what saved texts are compared.
    rank: Callable[[str], Any]
#% endif
#% endif
#% if c.any_flag


@dataclass(frozen=True)
class DeletedFlag:
    """The column that tells that a row is deleted."""

    column: str
#% if c.flag_values
    # The row is deleted if the column is one of these{{ c.flag_values_else }}.
    values: tuple[str, ...] = ()
#% endif
#% endif


@dataclass(frozen=True)
class Table:
    """A table, and how it is read."""

    name: str
    primary_key: tuple[str, ...]
    # Names of the selected columns, in their order.
    columns: tuple[str, ...]
    select: str
    # Rows per portion.
    portion: int
#% if c.any_convert
    # Columns whose values are not given on as the driver has them.
    convert: dict[str, Callable[[Any], Any]]
#% endif
#% if c.any_changes
    changes: Changes{{ "" if c.all_changes else " | None = None" }}
#% endif
#% if c.any_flag
    deleted: DeletedFlag{{ "" if c.all_flag else " | None = None" }}
#% endif
#% for function in c.functions


{{ function }}
#% endfor


#% for table in c.tables
{{ table.constant }} = {{ table.expression }}
#% endfor
TABLES = ({{ c.table_constants }})


def read_whole(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield all records of a table as they are now, in one snapshot."""
    for rows in client.portions(table.name, table.select, (), table.portion):
        yield [record_of(table, row) for row in rows]
#% if c.any_changes


def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield what is new in a table, each portion with what to save once it is written.

    Rows come in the order of the column that tells what is new, so each portion moves the saved
    value on. Rows that equal it are read again: others with the same value may have come since.
    """
#% if c.resumes
    while True:
        began = saved
        try:
            for rows in client.portions(table.name, *changes_query(table, saved), table.portion):
                saved = reached({{ "table.changes, " if c.any_lookback else "" }}rows, saved)
                yield [record_of(table, row) for row in rows], saved
            return
        except PassingError:
            # What was yielded need not be read again. Where that moved nothing on, the same rows
            # would come again.
            if saved == began:
                raise
#% else
    for rows in client.portions(table.name, *changes_query(table, saved), table.portion):
        saved = reached({{ "table.changes, " if c.any_lookback else "" }}rows, saved)
        yield [record_of(table, row) for row in rows], saved
#% endif


def changes_query(table: Table, saved: dict) -> tuple[str, tuple]:
    """Return the query for what is new, and the values in it."""
    changes = table.changes
    if not saved:
        return f"{table.select}{changes.order}", ()
#% if c.uses.saved_number or c.uses.lookback
    return f"{table.select}{changes.since}\n{changes.order}", (changes.value(saved["value"]),)
#% else
    return f"{table.select}{changes.since}\n{changes.order}", (saved["value"],)
#% endif


def reached({{ "changes: Changes, " if c.any_lookback else "" }}rows: list[tuple], saved: dict) -> dict:
    """Return what to save once these rows are written: how far they take the table.

#% if c.any_times
    It is selected as the last column, which is empty where a row has no value, or a time that is
    still to come: what changes until then must not be passed over. Such rows leave it as it was.
#% else
    It is selected as the last column. Rows without a value leave it as it was.
#% endif
#% if c.any_lookback
    So do rows from before it, which are read again because they may have been committed late.
#% endif
    """
    values = [row[-1] for row in rows if row[-1] is not None]
#% if c.any_lookback
    if not values:
        return saved
    value = str(values[-1])
    behind = saved and changes.rank(value) < changes.rank(saved["value"])
    return saved if behind else {"value": value}
#% else
    return {"value": str(values[-1])} if values else saved
#% endif
#% endif
#% if c.any_flag


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record says of itself that it is deleted."""
#% if not c.all_flag
    if table.deleted is None:
        return False
#% endif
    value = record[table.deleted.column]
#% if c.flag_values
    if table.deleted.values:
        return str(value).lower() in table.deleted.values
#% endif
    return {{ c.flag_test }}
#% endif


def record_of(table: Table, row: tuple) -> dict:
    """Return a row with its columns' names, and its values as everything after expects them."""
#% if c.any_changes
    record = dict(zip(table.columns, row[: len(table.columns)], strict=True))
#% else
    record = dict(zip(table.columns, row, strict=True))
#% endif
#% if c.any_convert
    for column, convert in table.convert.items():
        value = record[column]
        if value is not None:
            try:
                record[column] = convert(value)
            except ValueError as error:
                key = {name: record[name] for name in table.primary_key}
                raise DatabaseError(
                    f"{table.name}.{column}: {error} (row {key}). To keep such values, have the "
                    "column made a string when the connector is built."
                ) from None
#% endif
    return record
