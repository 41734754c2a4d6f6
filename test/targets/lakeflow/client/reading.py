"""How the journal's tables are read."""

from collections.abc import Iterator
from dataclasses import dataclass

from journal import Client
#: body


@dataclass(frozen=True)
class Table:
    """A table of the journal."""

    name: str
    primary_key: tuple[str, ...]
    cursor: str | None = None
    lookback: int = 0
    # In the order of the cursor, so that each page may move it.
    ascending: bool = True
    flag: str | None = None


TABLES = (__TABLES__)


def read_whole(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield all records."""
    yield from client.pages(table.name)


def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield records at or after the saved cursor, less the lookback."""
    reached = saved
    for page in client.pages(table.name):
        if "cursor" in saved:
            page = [record for record in page if record[table.cursor] >= saved["cursor"] - table.lookback]
        highest = max((record[table.cursor] for record in page), default=None)
        if highest is not None and highest > reached.get("cursor", -1):
            reached = {"cursor": highest}
        yield page, reached if table.ascending else saved
    if reached != saved:
        yield [], reached


def read_deletes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield keys of deleted records."""
    for page in client.pages(table.name, "deleted"):
        yield page, saved


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record says that it is deleted."""
    return table.flag is not None and bool(record.get(table.flag))
