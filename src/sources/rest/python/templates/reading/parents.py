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
