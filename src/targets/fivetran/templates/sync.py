"""Writes the tables to the destination, and saves what the next sync needs to know."""

import logging

from fivetran_connector_sdk import Operations as op
from {{ c.client_module }} import Client
from models import key_of, shape_row
from reading import TABLES, Table, is_deleted, read_changes, read_deletes, read_whole
#: body

log = logging.getLogger(__name__)
#% for set in c.table_sets

# {{ set.comment }}
{{ set.name }} = {{ set.value }}
#% endfor


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
#% if c.feed_set
        if table.name in {{ c.feed_set }}:
            apply_deletes(client, state, table)
#% else
        apply_deletes(client, state, table)
#% endif
#% endif
        # The table is complete: what was read of it and where to go on are saved together.
        op.checkpoint(state)
        log.info(f"{table.name}: {rows} records read")
#% if c.strategies | length > 1


def sync_table(client: Client, state: dict, table: Table) -> int:
    """Read one table in the way that suits it; returns the number of records."""
#% for strategy in c.strategies
#% if strategy.set
    if table.name in {{ strategy.set }}:
        return {{ strategy.function }}(client, state, table)
#% else
    return {{ strategy.function }}(client, state, table)
#% endif
#% endfor
#% endif
#% if c.strategy.replace


def replace_table(client: Client, state: dict, table: Table) -> int:
    """Read a table whole, and delete what the source does not list any more.

    There is no checkpoint inside: only with the last row is it known what is gone, so a pass
    that fails half way must leave the destination as it was.
    """
    rows = 0
    for page in read_whole(client, table):
        if page and rows == 0:
            # Not earlier: a source that cannot be read must not empty the table.
            op.truncate(table=table.name)
        rows += write_page(table, page)
    previous = state.get(table.name, {}).get("rows", 0)
    if rows == 0 and previous > 0:
        raise RuntimeError(
            f"{table.name}: the source lists no records, but the last sync read {previous}. "
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
    for page in read_whole(client, table):
        rows += write_page(table, page)
        op.checkpoint(state)
    return rows
#% endif
#% if c.strategy.changes


def sync_changes(client: Client, state: dict, table: Table) -> int:
    """Read what is new in a table since what the last sync saved of it."""
    rows = 0
    for page, saved in read_changes(client, table, state.get(table.name, {})):
        rows += write_page(table, page)
        # Only now: what is saved covers rows that have to be written before.
        state[table.name] = saved
        op.checkpoint(state)
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


def apply_deletes(client: Client, state: dict, table: Table):
    """Delete the rows that the source lists as deleted.

    This comes after the table itself: a row read just now may have been deleted since.
    """
    entry = f"{table.name}:deletes"
    for page, saved in read_deletes(client, table, state.get(entry, {})):
        for position, record in enumerate(page, start=1):
            op.delete(table=table.name, keys=key_of(table, shape_row(table, record, position)))
        # Only now, as for rows.
        state[entry] = saved
        op.checkpoint(state)
#% endif
