#% if c.flag_deletes


def flag_tombstones(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield pages of what identifies rows that say of themselves that they are deleted."""
    for page, reached in read_changes(client, table, saved):
        yield [tombstone(table, record) for record in page if is_deleted(table, record)], reached
#% endif
#% if c.feed_deletes


def feed_tombstones(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield pages of the keys that the source lists as deleted."""
    for page, reached in read_deletes(client, table, saved):
        yield [tombstone(table, keys) for keys in page], reached
#% endif
#% if c.deletes


def tombstone(table: Table, record: dict) -> dict:
    """Return of a deleted row only what it is found by."""
    row = runtime_row(table.name, record)
    return {column: row[column] for column in REQUIRED_COLUMNS[table.name]}
#% endif
