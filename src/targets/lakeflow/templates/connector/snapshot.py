#% if c.whole


def snapshot_rows(client: Client, table: Table) -> Iterator[dict]:
#% if c.repeated
    """Yield all rows of a table, each key once.

    A row that changes while the table is read can come again. The platform takes no key twice,
    and the next update brings the later version.
    """
    seen = set()
#% else
    """Yield all rows of a table."""
#% endif
    for page in read_whole(client, table):
        for record in page:
#% if c.flag_whole
            if is_deleted(table, record):
                continue
#% endif
#% if c.repeated
            row = runtime_row(table.name, record)
            key = tuple(row[column] for column in table.primary_key)
#% if c.repeated == "some"
            if key and key in seen:
#% else
            if key in seen:
#% endif
                continue
            seen.add(key)
            yield row
#% else
            yield runtime_row(table.name, record)
#% endif
#% endif
#% if c.keyed_by_hash


def with_row_keys(rows: Iterator[dict], column: str) -> Iterator[dict]:
    """Add a key of its own to each row of a table that has none.

    Rows that are alike are counted, so that each of them is kept.
    """
    seen = Counter()
    for row in rows:
        digest = hashlib.sha256(row_text(row)).hexdigest()[:32]
        seen[digest] += 1
        yield row | {column: f"{digest}-{seen[digest]}"}
#% endif
