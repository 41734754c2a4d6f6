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
