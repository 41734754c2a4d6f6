"""Reads the tables into the destination, and saves what the next sync needs to know."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from api import ApiError, Client
from fivetran_connector_sdk import Logging as log
from fivetran_connector_sdk import Operations as op
from models import TABLES, Cursor, Table, is_deleted, key_of, shape_row
#: body


def sync_tables(client: Client, state: dict):
    """Read all tables, one after the other.

#% if c.state_doc | length
    The state has an entry per table, with
#% for line in c.state_doc
    {{ line }}
#% endfor
#% else
    Each sync reads everything, so that the state stays empty.
#% endif
    """
    for table in TABLES:
        log.info(f"{table.name}: reading")
        rows = {{ c.sync_call }}
#% if c.any_feed
#% if c.feed_optional
        if table.delete_feed is not None:
            apply_delete_feed(client, state, table)
#% else
        apply_delete_feed(client, state, table)
#% endif
#% endif
        # The table is complete: what was read of it and where to go on are saved together.
        op.checkpoint(state)
        log.info(f"{table.name}: {rows} records read")
#% if c.strategies | length > 1


def sync_table(client: Client, state: dict, table: Table) -> int:
    """Read one table in the way that suits it; returns the number of records."""
#% for strategy in c.strategies
#% if strategy.condition
    if {{ strategy.condition }}:
        return {{ strategy.function }}(client, state, table)
#% else
    return {{ strategy.function }}(client, state, table)
#% endif
#% endfor
#% endif
#% if c.strategy.replace


def replace_table(client: Client, state: dict, table: Table) -> int:
    """Read a table whole, and delete what the API does not list any more.

    There is no checkpoint inside: only with the last row is it known what is gone, so a pass
    that fails half way must leave the destination as it was.
    """
    rows = 0
    for page in {{ c.whole_pages }}:
        if rows == 0:
            # Not earlier: a source that cannot be read must not empty the table.
            op.truncate(table=table.name)
        rows += write_page(table, page)
    previous = state.get(table.name, {}).get("rows", 0)
    if rows == 0 and previous > 0:
        raise RuntimeError(
            f"{table.name}: the API lists no records, but the last sync read {previous}. "
            "Refusing to mark all of them as deleted. If the table really is empty now, "
            "remove its entry from the connection's state and sync again."
        )
    state[table.name] = {"rows": rows}
    return rows
#% endif
#% if c.strategy.whole


def sync_whole(client: Client, state: dict, table: Table) -> int:
    """Read a table whole, as nothing tells which of its rows have changed."""
    rows = 0
    for page in {{ c.whole_pages }}:
        rows += write_page(table, page)
        op.checkpoint(state)
    return rows
#% endif
#% if c.strategy.changes


def sync_changes(client: Client, state: dict, table: Table) -> int:
    """Read what is new in a table since the saved cursor."""
    kept = state.setdefault(table.name, {})
    rows = 0
    for page, cursor in {{ c.new_pages_kept }}:
        rows += write_page(table, page)
        # Only now: the cursor covers rows that have to be written before it is saved.
        kept["cursor"] = cursor
        op.checkpoint(state)
    return rows
#% endif
#% if c.strategy.children


def sync_changes_by_parent(client: Client, state: dict, table: Table) -> int:
    """Read what is new in a table since the cursor of each parent row."""
    cursors = state.setdefault(table.name, {}).setdefault("cursors", {})
    seen = set()
    rows = 0
    for parent in parents_of(client, table):
        key = parent_key(parent)
        seen.add(key)
        pages = {{ c.new_pages_parent }}
        for page, cursor in unless_gone(pages, table, parent):
            rows += write_page(table, page)
            cursors[key] = cursor
            op.checkpoint(state)
    # Parents that are not listed any more would fill the state for ever.
    for key in cursors.keys() - seen:
        del cursors[key]
    return rows
#% endif


def write_page(table: Table, page: list[dict]) -> int:
    """Send the rows of one page to the destination; returns how many."""
    for position, record in enumerate(page, start=1):
        row = shape_row(table, record, position)
#% if c.any_flag
        if is_deleted(table, record):
            op.delete(table=table.name, keys=key_of(table, row))
        else:
            op.upsert(table=table.name, data=row)
#% else
        op.upsert(table=table.name, data=row)
#% endif
    return len(page)
#% if c.any_feed


def apply_delete_feed(client: Client, state: dict, table: Table):
    """Delete the rows that the API lists as deleted.

    This comes after the table itself: a row read just now may have been deleted since.
    """
    feed = table.delete_feed
#% if c.any_feed_cursor
#% if c.feed_cursor_optional
    if feed.cursor is None:
        delete_page(table, client.whole(feed.path, {}, feed.records))
        return
#% endif
    kept = state.setdefault(table.name, {})
    saved = kept.get("deletes_cursor")
#% if c.cursor_capped
    began = datetime.now(timezone.utc)
#% endif
    params = {} if saved is None else {feed.cursor.param: saved}
    page = client.whole(feed.path, params, feed.records)
    delete_page(table, page)
    name = f"deletes of {table.name}"
    kept["deletes_cursor"] = latest_cursor(name, feed.cursor, page, saved{{ c.began_pass }})
#% else
    delete_page(table, client.whole(feed.path, {}, feed.records))
#% endif


def delete_page(table: Table, page: list[dict]):
    """Delete the rows whose keys one page of the feed has."""
    for position, record in enumerate(page, start=1):
        keys = {column: record.get(field) for column, field in table.delete_feed.keys.items()}
        op.delete(table=table.name, keys=key_of(table, shape_row(table, keys, position)))
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
    for page in whole_table(client, table.parent.table):
        for record in page:
            values = {column: record.get(name) for column, name in table.parent.columns.items()}
            if None in values.values():
                raise ValueError(f"{table.parent.table.name}: a record has no value to list {table.name} by")
            yield values
#% if c.strategy.children


def parent_key(parent: dict) -> str:
    """Return a parent's values as one text."""
    return "/".join(quote(str(value), safe="") for value in parent.values())
#% endif


def whole_table(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield all pages of a table as it is now, whatever was read of it before."""
    for parent in parents_of(client, table):
#% if c.parents_advance
        pages = {{ c.whole_new_pages }}
        for page, _ in unless_gone(pages, table, parent):
            yield page
#% else
        yield from unless_gone({{ c.plain_pages }}, table, parent)
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
    for params in ranges(cursor, saved, began):
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            reached = latest_cursor(table.name, cursor, page, reached{{ c.began_pass }})
            yield page, {{ c.page_cursor }}
#% if c.cursor_ascending != "all"
        if reached != saved:
            saved = reached
            yield [], saved
#% endif
#% else
{{ c.since_lines }}
    for page in table_pages(client, table, params{{ c.parent_pass }}):
        reached = latest_cursor(table.name, cursor, page, reached{{ c.began_pass }})
        yield page, {{ c.page_cursor }}
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


def ranges(cursor: Cursor, saved: str | None, began: datetime) -> Iterator[dict]:
    """Yield the parameters of each range from a cursor up to now.

    Only records move the cursor, not the end of a range: what comes late into an empty range
    is found again.
    """
    since = cursor.ask_from(saved)
#% if c.windows == "some"
    if cursor.window_days is None:
        yield {{ c.cursor_params }} if since is None else {{ c.cursor_params_since }}
        return
#% endif
    start = end = cursor.parse(since)
    limit = {{ "cursor.limit(began)" if c.window_dates else "began" }}
    while end < limit:
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
