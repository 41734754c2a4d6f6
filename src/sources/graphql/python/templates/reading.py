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
#% if c.style.connection


@dataclass(frozen=True)
class Connection:
    """A list whose pages each tell where the next one begins."""

    size: int
#% if c.connection_names
    # Variables of the query for the size of a page and for where it begins.
    first: str = "first"
    after: str = "after"
#% endif
#% if c.connection_nodes == "some"
    # Whether records stand in `edges`, each in its `node`, and not in `nodes`.
    edges: bool = False
#% endif

    def variables(self, place: str | None) -> dict:
        """Return the variables that ask for the page at a place; None is the first."""
#% if c.connection_names
        return {self.first: self.size} | ({} if place is None else {self.after: place})
#% else
        return {"first": self.size} | ({} if place is None else {"after": place})
#% endif

    def records(self, answer: Any) -> Any:
        """Return the records of a page."""
#% if c.connection_nodes == "all"
        return [edge and edge.get("node") for edge in answer["edges"]]
#% elif c.connection_nodes == "some"
        if self.edges:
            return [edge and edge.get("node") for edge in answer["edges"]]
        return answer["nodes"]
#% else
        return answer["nodes"]
#% endif

    def next_place(self, answer: Any, place: str | None, count: int) -> str | None:
        """Return where the next page begins; None where there is none."""
        page = answer["pageInfo"]
        if not page["hasNextPage"]:
            return None
        if not page["endCursor"]:
            raise ApiError("the API speaks of a next page and does not say where it begins")
        return page["endCursor"]
#% endif
#% if c.style.offset


@dataclass(frozen=True)
class Offset:
    """A list that is asked for by the number of records to leave out."""

    size: int
#% if c.offset_names
    # Variables of the query for both numbers.
    offset: str = "offset"
    limit: str = "limit"
#% endif
#% if c.offset_records
    # Fields between the answer and its list of records.
    inside: tuple[str, ...] = ()
#% endif

    def variables(self, place: int | None) -> dict:
        """Return the variables that ask for the page at a place; None is the first."""
#% if c.offset_names
        return {self.limit: self.size, self.offset: place or 0}
#% else
        return {"limit": self.size, "offset": place or 0}
#% endif

    def records(self, answer: Any) -> Any:
        """Return the records of a page."""
#% if c.offset_records
        for step in self.inside:
            answer = answer[step]
#% endif
        return answer

    def next_place(self, answer: Any, place: int | None, count: int) -> int | None:
        """Return where the next page begins. A short page is no end: only an empty one is."""
        return (place or 0) + count if count else None
#% endif
#% if c.style.list


@dataclass(frozen=True)
class Whole:
    """A list that comes in one piece."""

    def variables(self, place: None) -> dict:
        """Return no variables: there is nothing to choose."""
        return {}

    def records(self, answer: Any) -> Any:
        """Return the records."""
        return answer

    def next_place(self, answer: Any, place: None, count: int) -> None:
        """Return None: there is no next page."""
        return None
#% endif


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


def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield pages of what changed since the saved cursor, each with what to save once it is written.

#% for line in c.changes_doc
    {{ line }}
#% endfor
    """
    before = reached = saved.get("cursor")
#% if c.cursor_capped
    began = datetime.now(timezone.utc)
#% endif
    since = {{ c.since }}
    variables = {} if since is None else changed_since(table, since)
#% if c.cursor_recheck
    first = None
#% endif
    for page in {{ c.changed_pages }}(client, {{ "table" if c.steady else "table.name, table.listing" }}, variables):
        reached = latest_cursor(table, page, reached{{ c.began_there_pass }})
#% if c.cursor_recheck
        first = first or reached
#% endif
#% if c.cursor_ascending == "all"
        yield page, saved if reached is None else {"cursor": reached}
#% elif c.cursor_ascending == "some"
        yield page, {"cursor": reached} if table.cursor.ascending and reached is not None else saved
#% else
        yield page, saved
#% endif
#% if c.cursor_recheck
    if {{ "table.cursor.recheck and " if c.cursor_recheck == "some" }}reached != first:
        # What changed meanwhile on pages read by then can have a lower value than what came later.
        for page in {{ c.changed_pages }}(client, {{ "table" if c.steady else "table.name, table.listing" }}, changed_since(table, {{ "table.cursor.ask_from(first)" if c.cursor_ask else "first" }})):
            yield page, saved
#% endif
#% if c.cursor_ascending != "all"
    if reached != before:
        yield [], {"cursor": reached}
#% endif


def changed_since(table: Table, since: str) -> dict:
    """Return the variables that ask for what changed since a cursor."""
#% if c.any_numeric == "all"
    value: Any = int(since)
#% elif c.any_numeric == "some"
    value: Any = int(since) if table.numeric else {{ c.searched }}
#% else
    value: Any = {{ c.searched }}
#% endif
    name, *inner = table.cursor.param.split(".")
    for step in reversed(inner):
        value = {step: value}
#% if c.merge_filter
    stated = table.listing.variables.get(name)
    return {name: merged(stated, value) if isinstance(stated, dict) else value}


def merged(stated: dict, added: dict) -> dict:
    """Return a filter with another one in it."""
    both = dict(stated)
    for name, value in added.items():
        inner = both.get(name)
        both[name] = merged(inner, value) if isinstance(inner, dict) else value
    return both
#% else
    return {name: value}
#% endif


def latest_cursor(table: Table, page: list[dict], reached: str | None{{ c.began_hint }}) -> str | None:
    """Return how far a page takes a cursor; an error names the table and the column."""
    try:
        return table.cursor.latest(page, reached{{ c.began_pass }})
    except ValueError as error:
        raise ValueError(f"{table.name}.{table.cursor.column}: {error}") from error
#% endif
#% if c.steady


def steady_pages(client: Client, table: Table, variables: dict) -> Iterator[list[dict]]:
    """Yield the pages of a list of which no record may be passed over, as it is not read again."""
#% if c.steady == "some"
    if not isinstance(table.listing.paging, Offset):
        yield from pages(client, table.name, table.listing, variables)
        return
#% endif
    place = 0
    starts: list[int] = []
    before: dict = {}
    for page in pages(client, table.name, table.listing, variables):
        if before:
            yield from moved_back(client, table, variables, starts, before)
        yield page
        starts.append(place)
        place += len(page)
        before = {identity(table, record): record for record in page}


def moved_back(client: Client, table: Table, variables: dict, starts: list[int], before: dict) -> Iterator[list[dict]]:
    """Yield the records that moved to pages which were read already.

    What goes from a list while it is read makes the others move up, past the end of the page
    before. So that page is looked at again, and if none of it is known any more, the one before it.
    """
    for start in reversed(starts):
        page = page_at(client, table, variables, start)
        moved = [record for record in page if before.get(identity(table, record)) != record]
        if moved:
            yield moved
        if any(identity(table, record) in before for record in page):
            return


def page_at(client: Client, table: Table, variables: dict, start: int) -> list[dict]:
    """Return one page of a table's list."""
    listing = table.listing
#% if c.any_variables
    sent = listing.variables | variables | listing.paging.variables(start)
#% else
    sent = variables | listing.paging.variables(start)
#% endif
    answer = below(client.ask(table.name, listing.query, sent), listing.path)
    return page_of(table.name, listing.paging, answer)


def identity(table: Table, record: dict) -> Any:
#% if c.any_keyless
    """Return what tells a record from the others of its list: its key, or all of it."""
    return tuple(record.get(column) for column in table.primary_key) if table.primary_key else str(record)
#% else
    """Return what tells a record from the others of its list."""
    return tuple(record.get(column) for column in table.primary_key)
#% endif
#% endif
#% if c.any_nested


def records_inside(client: Client, table: Table, lists: tuple[Nested, ...], records: list[dict]) -> Iterator[list[dict]]:
    """Yield the records of the innermost of some lists that are one inside the other."""
    inner, *deeper = lists
    for record in records:
        kept = {column: record[name] for column, name in inner.columns.items()}
        for page in pages_inside(client, table, inner, record):
            found = [item | kept for item in page]
            if deeper:
                yield from records_inside(client, table, tuple(deeper), found)
            else:
                yield found


def pages_inside(client: Client, table: Table, inner: Nested, record: dict) -> Iterator[list[dict]]:
    """Yield the pages of the list inside of one record: the first is there, others are asked for."""
    answer = below(record, inner.path)
#% if c.nested_more == "all"
    key, name = inner.key
    yield from pages(client, table.name, inner.more, {key: record[name]}, answer)
#% elif c.nested_more == "some"
    if inner.more is None:
        yield page_of(table.name, Whole(), answer)
        return
    key, name = inner.key
    yield from pages(client, table.name, inner.more, {key: record[name]}, answer)
#% else
    yield page_of(table.name, Whole(), answer)
#% endif
#% endif


#% if c.any_more
def pages(client: Client, name: str, listing: Listing, variables: dict, first: Any = None) -> Iterator[list[dict]]:
    """Yield the pages of a list; `first` is the first answer, where it is there already."""
    answer = first
    place = None
#% if c.style.connection
    seen = set()
#% endif
#% if c.style.offset
    previous: list[dict] = []
#% endif
    while True:
        if answer is None:
#% if c.any_variables
            sent = listing.variables | variables | listing.paging.variables(place)
#% else
            sent = variables | listing.paging.variables(place)
#% endif
            data = client.ask(name, listing.query, sent)
            if first is not None and data.get(listing.path[0]) is None:
                log.warning(f"{name}: a record that has more of them was deleted meanwhile")
                return
            answer = below(data, listing.path)
        records = page_of(name, listing.paging, answer)
#% if c.style.offset
        if records and records == previous:
            raise ApiError(f"{name}: the page at {place} repeats the one before")
        previous = records
#% endif
        yield records
        place = listing.paging.next_place(answer, place, len(records))
        if place is None:
            return
#% if c.style.connection
        if place in seen:
            raise ApiError(f"{name}: the API names a next page that came before")
        seen.add(place)
#% endif
        answer = None
#% else
def pages(client: Client, name: str, listing: Listing, variables: dict) -> Iterator[list[dict]]:
    """Yield the pages of a list."""
    place = None
#% if c.style.connection
    seen = set()
#% endif
#% if c.style.offset
    previous: list[dict] = []
#% endif
    while True:
#% if c.any_variables
        sent = listing.variables | variables | listing.paging.variables(place)
#% else
        sent = variables | listing.paging.variables(place)
#% endif
        answer = below(client.ask(name, listing.query, sent), listing.path)
        records = page_of(name, listing.paging, answer)
#% if c.style.offset
        if records and records == previous:
            raise ApiError(f"{name}: the page at {place} repeats the one before")
        previous = records
#% endif
        yield records
        place = listing.paging.next_place(answer, place, len(records))
        if place is None:
            return
#% if c.style.connection
        if place in seen:
            raise ApiError(f"{name}: the API names a next page that came before")
        seen.add(place)
#% endif
#% endif


def page_of(name: str, paging: {{ c.paging_hint }}, answer: Any) -> list[dict]:
    """Return the records of a page. What is no list of records is an error, not an end."""
    try:
        records = paging.records(answer)
    except (KeyError, TypeError):
        records = None
    if not isinstance(records, list):
        raise ApiError(f"{name}: the answer has no list of records")
    if not all(isinstance(record, dict) for record in records):
        raise ApiError(f"{name}: a record is null, which the API does where it must not be seen")
    return records


def below(answer: Any, path: tuple[str, ...]) -> Any:
    """Return what lies below an answer, or None."""
    for step in path:
        answer = answer.get(step) if isinstance(answer, dict) else None
    return answer
#% if c.flag_values


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record says of itself that it is deleted."""
#% if c.flag_optional
    if table.deleted_column is None:
        return False
#% endif
#% if c.flag_values == "all"
    value = record.get(table.deleted_column)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in table.deleted_values
#% elif c.flag_values == "some"
    value = record.get(table.deleted_column)
    if not table.deleted_values:
        return is_set(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in table.deleted_values
#% else
    return is_set(record.get(table.deleted_column))
#% endif
#% if c.flag_values != "all"


def is_set(value: Any) -> bool:
    """Tell whether a flag is set, however it is written: the text "false" is not."""
    return str(value).strip().lower() not in ("", "0", "false", "no", "none", "null")
#% endif
#% endif
