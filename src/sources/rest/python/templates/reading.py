"""The API's tables, and how their records are read.

#% if c.any_saved
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
from urllib.parse import quote

from api import {{ c.api_imports | join(", ") }}
#% if c.any_cursor
from cursors import {{ c.cursor_imports | join(", ") }}
#% endif
from timestamps import parse_epoch_milliseconds, parse_epoch_seconds, parse_utc
#: body
#% if c.any_parent

log = logging.getLogger(__name__)
#% endif
#% if c.any_steps

@dataclass(frozen=True)
class Steps:
    """How a table is read in ranges of ids, from `start` on and upwards."""

    column: str
    from_param: str
    to_param: str
    start: int
    # How many ids one range has.
    size: int
    # Ids can be missing: only this many empty ranges in a row are the end.
    empty_ranges: int

#% endif
#% if c.flag_values

@dataclass(frozen=True)
class DeletedFlag:
    """The column that tells that a row is deleted."""

    column: str
#% if c.flag_values != "none"
    # The row is deleted if the column is one of these{{ c.flag_values_else }}.
    values: tuple[str, ...] = ()
#% endif

#% endif
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
    """A table, and how the API lists its records."""

    name: str
    path: str
    # Path to the list of records in an answer.
    records: str
#% if c.paging_field
    paging: {{ c.paging_hint }}
#% endif
    primary_key: tuple[str, ...]
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
#% if c.any_whole


def read_whole(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield all pages of a table as it is now, whatever was read of it before."""
#% if c.any_parent
    for parent in parents_of(client, table):
#% if c.advancing
        pages = {{ c.whole_new_pages }}
        for page, _ in unless_gone(pages, table, parent):
            if page:
                yield page
#% else
        yield from unless_gone({{ c.plain_pages }}, table, parent)
#% endif
#% elif c.advancing
    for page, _ in {{ c.whole_new_pages }}:
        if page:
            yield page
#% else
    return {{ c.plain_pages }}
#% endif
#% endif
#% if c.advancing


#% include "reading/changes.py"
#% endif
#% if c.any_feed


#% include "reading/deletes.py"
#% endif
#% if c.any_flag


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record says of itself that it is deleted."""
    flag = table.deleted_flag
#% if c.flag_optional
    if flag is None:
        return False
#% endif
#% set column = "flag.column"
#% set values = "flag.values"
#% include "deleted-flag.py"
#% endif
#% if c.any_parent


#% include "reading/parents.py"
#% endif
#% if c.new_pages_dispatch


#% include "reading/new-pages.py"
#% endif
#% if c.any_table_cursor


#% include "reading/changed-pages.py"
#% endif
#% if c.any_cursor


def latest_cursor(name: str, cursor: Cursor, page: list[dict], reached: str | None{{ c.began_hint }}) -> str | None:
    """Return how far a page takes a cursor; an error names what is read, and the column."""
    try:
        return cursor.latest(page, reached{{ c.began_pass }})
    except ValueError as error:
        raise ValueError(f"{name}.{cursor.column}: {error}") from error
#% endif
#% if c.windows


#% include "reading/ranges.py"
#% endif
#% if c.any_steps


#% include "reading/steps.py"
#% endif


def table_pages(client: Client, table: Table{{ c.params_hint }}{{ c.parent_hint }}) -> Iterator[list[dict]]:
#% if c.any_parent
    """Yield the pages of one listing, with the parent's values in the columns that keep them."""
    path = table.path
    for column, value in parent.items():
        path = path.replace("{" + column + "}", quote(str(value), safe=""))
    for page in client.pages({{ c.pages_arguments }}):
        yield [record | parent for record in page]
#% else
    """Return the pages of one listing."""
    return client.pages({{ c.pages_arguments }})
#% endif
