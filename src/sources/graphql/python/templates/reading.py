"""The API's tables, the queries that list them, and how their records are read.

#% if c.any_cursor
Records are passed on as the API sends them, page by page, each page with what to save once it is
written: the next sync goes on from there.
#% else
Records are passed on as the API sends them, page by page.
#% endif
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from api import ApiError, Client
#% if c.any_cursor
from cursors import {{ c.cursor_imports | join(", ") }}
#% endif
from timestamps import parse_epoch_milliseconds, parse_epoch_seconds, parse_utc
#: body
#% if c.any_more

log = logging.getLogger(__name__)
#% endif
#% if c.any_nested

# Records of nested lists are passed on in pages of at least so many, where there are.
BATCH_RECORDS = 100
#% endif
#% for query in c.queries


{{ query.name }} = """
{{ query.text }}
"""
#% endfor
#% include "reading/paging.py"


@dataclass(frozen=True)
class Listing:
    """A list, and the query that asks for a page of it."""

    query: str
    # Fields from the data to the list.
    path: tuple[str, ...]
    paging: {{ c.paging_hint }}
#% if c.any_variables
    # Sent with every query.
    variables: dict = field(default_factory=dict)
#% endif
#% if c.any_nested


@dataclass(frozen=True)
class Nested:
    """A list inside of each record of another list. Its first page comes with that record."""

    # Fields from the record to the list.
    path: tuple[str, ...]
    # Column of the list's records -> field of the record around them.
    columns: dict[str, str]
#% if c.nested_more == "all"
    # Asks for further pages of the list of one record.
    more: Listing
    # Variable of that query, and the field of the record that goes into it.
    key: tuple[str, str]
#% elif c.nested_more == "some"
    # Asks for further pages of the list of one record; None where it comes in one piece.
    more: Listing | None = None
    # Variable of that query, and the field of the record that goes into it.
    key: tuple[str, str] = ("", "")
#% endif
#% endif


@dataclass(frozen=True)
class Table:
    """A table, and how the API lists its records."""

    name: str
    primary_key: tuple[str, ...]
    listing: Listing
#% if c.any_nested
    # Lists inside of the records of the listing, from without to within: the last has the table's.
    nested: tuple[Nested, ...] = ()
#% endif
#% if c.any_cursor
    # Set where only what changed since the last sync is read.
    cursor: Cursor | None = None
#% endif
#% if c.any_numeric == "some"
    # Whether the cursor is sent as a number.
    numeric: bool = False
#% endif
#% if c.any_search
    # How the cursor is written into a text to search by.
    search: str = "{value}"
#% endif
#% if c.flag_values
    # Set where a row itself tells that it is deleted.
    deleted_column: str | None = None
#% endif
#% if c.flag_values and c.flag_values != "none"
    # The row is deleted if that column is one of these{{ c.flag_values_else }}.
    deleted_values: tuple[str, ...] = ()
#% endif

#% for table in c.tables

#% for line in table.comment
# {{ line }}
#% endfor
{{ table.constant }} = {{ table.value }}
#% endfor

#% if c.any_nested
# In the order they are read.
#% endif
TABLES = {{ c.table_constants }}


def read_whole(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield all records of a table as they are now, whatever was read of it before."""
#% if c.any_nested
    if not table.nested:
        yield from pages(client, table.name, table.listing, {})
        return
    batch: list[dict] = []
    for page in pages(client, table.name, table.listing, {}):
        for records in records_inside(client, table, table.nested, page):
            batch += records
            if len(batch) >= BATCH_RECORDS:
                yield batch
                batch = []
    if batch:
        yield batch
#% else
    yield from pages(client, table.name, table.listing, {})
#% endif
#% if c.any_cursor


#% include "reading/changes.py"
#% endif
#% if c.steady


#% include "reading/steady.py"
#% endif
#% if c.any_nested


#% include "reading/nested.py"
#% endif


#% include "reading/pages.py"
#% if c.flag_values


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record says of itself that it is deleted."""
#% if c.flag_optional
    if table.deleted_column is None:
        return False
#% endif
#% set column = "table.deleted_column"
#% set values = "table.deleted_values"
#% include "deleted-flag.py"
#% endif
