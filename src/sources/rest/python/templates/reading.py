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


def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
#% if c.direct_advance
    """Yield the pages of what is new in a table, each with what to save once it is written."""
#% if c.children_advance
    if table.parent is not None:
        yield from read_changes_by_parent(client, table, saved)
        return
#% endif
    for page, cursor in {{ c.new_pages_kept }}:
        if cursor is not None:
            saved = {"cursor": cursor}
        yield page, saved
#% if c.children_advance


def read_changes_by_parent(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the same for a table that has a cursor per parent row."""
#% endif
#% else
    """Yield the pages of what is new since the cursor of each parent row.

    Each page comes with what to save once it is written.
    """
#% endif
#% if c.children_advance
    cursors = saved.get("cursors", {})
    seen = set()
    for parent in parents_of(client, table):
        key = parent_key(parent)
        seen.add(key)
        pages = {{ c.new_pages_parent }}
        for page, cursor in unless_gone(pages, table, parent):
            if cursor != cursors.get(key):
                cursors = cursors | {key: cursor}
                saved = {"cursors": cursors}
            yield page, saved
    # Parents that are not listed any more would fill the state for ever.
    if cursors.keys() - seen:
        kept = {key: cursor for key, cursor in cursors.items() if key in seen}
        yield [], {"cursors": kept}
#% endif
#% endif
#% if c.any_feed


def read_deletes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the keys that the API lists as deleted, with what to save once they are."""
    feed = table.delete_feed
#% if c.any_feed_cursor
#% if c.feed_cursor_optional
    if feed.cursor is None:
        yield deleted_keys(feed, client.whole(feed.path, {}, feed.records)), saved
        return
#% endif
    reached = saved.get("cursor")
#% if c.cursor_capped
    began = datetime.now(timezone.utc)
#% endif
    params = {} if reached is None else {feed.cursor.param: reached}
    page = client.whole(feed.path, params, feed.records)
    name = f"deletes of {table.name}"
    reached = latest_cursor(name, feed.cursor, page, reached{{ c.began_there_pass }})
    yield deleted_keys(feed, page), saved if reached is None else {"cursor": reached}
#% else
    yield deleted_keys(feed, client.whole(feed.path, {}, feed.records)), saved
#% endif


def deleted_keys(feed: DeleteFeed, page: list[dict]) -> list[dict]:
    """Return the keys in the records of a feed, by the table's names of them."""
    return [{column: record.get(name) for column, name in feed.keys.items()} for record in page]
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
#% if c.any_parent


def parents_of(client: Client, table: Table) -> Iterator[dict]:
    """Yield, per row of the parent table, the columns that a table takes from it.

    A table without a parent has one set of them, which is empty. Parents are listed anew and
    whole: children may change when their parent does not.
    """
    if table.parent is None:
        yield {}
        return
    for page in read_whole(client, table.parent.table):
        for record in page:
            values = {column: record.get(name) for column, name in table.parent.columns.items()}
            if None in values.values():
                raise ValueError(f"{table.parent.table.name}: a record has no value to list {table.name} by")
            yield values
#% if c.children_advance


def parent_key(parent: dict) -> str:
    """Return a parent's values as one text."""
    return "/".join(quote(str(value), safe="") for value in parent.values())
#% endif


def unless_gone(pages: Iterator, table: Table, parent: dict) -> Iterator:
    """Yield pages; a parent that was deleted after it was listed has none."""
    try:
        yield from pages
    except ApiError as error:
        if error.status != 404 or not parent:
            raise
        log.warning(f"{table.name}: skipped {parent}, which {table.parent.table.name} listed but is gone")
#% endif
#% if c.new_pages_dispatch


def new_pages(client: Client, table: Table, saved: str | int | None{{ c.parent_hint }}) -> Iterator[tuple[list[dict], str | int | None]]:
    """Yield the pages after a cursor, each with the cursor to save once it is written."""
#% if c.any_full_new_pages
#% if c.any_table_cursor
    if table.cursor is not None:
        yield from changed_pages(client, table, saved{{ c.parent_pass }})
#% endif
#% if c.any_steps
    {{ "elif" if c.any_table_cursor else "if" }} table.steps is not None:
        yield from stepped_pages(client, table, saved{{ c.parent_pass }})
#% endif
    else:
        for page in table_pages(client, table, {}{{ c.parent_pass }}):
            yield page, None
#% else
    if table.cursor is not None:
        return changed_pages(client, table, saved{{ c.parent_pass }})
    return stepped_pages(client, table, saved{{ c.parent_pass }})
#% endif
#% endif
#% if c.any_table_cursor


def changed_pages(client: Client, table: Table, saved: str | None{{ c.parent_hint }}) -> Iterator[tuple[list[dict], str | None]]:
    """Yield the pages changed since a cursor, each with the cursor to save once it is written.

{{ c.changed_pages_doc }}
    """
    cursor = table.cursor
    reached = saved
#% if c.cursor_capped
    began = datetime.now(timezone.utc)
#% endif
#% if c.windows
    for params in ranges(client, cursor, saved):
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            reached = latest_cursor(table.name, cursor, page, reached{{ c.began_there_pass }})
            yield page, {{ c.page_cursor }}
#% if c.cursor_ascending != "all"
        if reached != saved:
            saved = reached
            yield [], saved
#% endif
#% else
{{ c.since_lines }}
#% if c.cursor_recheck
    first = None
#% endif
    for page in table_pages(client, table, params{{ c.parent_pass }}):
        reached = latest_cursor(table.name, cursor, page, reached{{ c.began_there_pass }})
#% if c.cursor_recheck
        first = first or reached
#% endif
        yield page, {{ c.page_cursor }}
#% if c.cursor_recheck
    if {{ "cursor.recheck and " if c.cursor_recheck == "some" }}reached != first:
        # What changed meanwhile on pages read by then can have a lower value than what came later.
        params = params | {cursor.param: {{ "cursor.ask_from(first)" if c.cursor_ask else "first" }}}
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            yield page, saved
#% endif
#% if c.cursor_ascending != "all"
    if reached != saved:
        yield [], reached
#% endif
#% endif
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


def ranges(client: Client, cursor: Cursor, saved: str | None) -> Iterator[dict]:
    """Yield the parameters of each range from a cursor up to now, as the API's clock has it.

    Only records move the cursor, not the end of a range: what comes late into an empty range
    is found again.
    """
    began = datetime.now(timezone.utc) + timedelta(seconds=1)
    since = cursor.ask_from(saved)
#% if c.windows == "some"
    if cursor.window_days is None:
        yield {{ c.cursor_params }} if since is None else {{ c.cursor_params_since }}
        return
#% endif
    start = end = cursor.parse(since)
    # The API's clock is known from its first answer on, to the second.
    while end < (limit := {{ "cursor.limit(began + client.clock_ahead)" if c.window_dates else "began + client.clock_ahead" }}):
        end = min(end + timedelta(days=cursor.window_days), limit)
        params = {cursor.param: cursor.write(start, since), cursor.end_param: cursor.write(end, since)}
        yield {{ c.range_params }}
        start = {{ "end - cursor.left_out" if c.window_gap else "end" }}
#% endif
#% if c.any_steps


def stepped_pages(client: Client, table: Table, saved: int | None{{ c.parent_hint }}) -> Iterator[tuple[list[dict], int]]:
    """Yield pages in ranges of ids, each with the id to ask from next time.

    That id is the one after the highest that was seen, not the end of the last range: later
    rows will fill what is empty today.
    """
    steps = table.steps
    next_id = first = steps.start if saved is None else saved
    empty = 0
    while empty < steps.empty_ranges:
        params = {steps.from_param: first, steps.to_param: first + steps.size - 1}
        empty += 1
        done = next_id
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            empty = 0
            next_id = max(next_id, *(int(record[steps.column]) + 1 for record in page))
            # The range may have more pages: until its end, it has to be asked for again.
            yield page, done
        if next_id != done:
            yield [], next_id
        first += steps.size
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
