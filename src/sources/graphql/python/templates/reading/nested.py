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
