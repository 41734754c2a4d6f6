#% if c.any_more
def pages(client: Client, name: str, listing: Listing, variables: dict, first: Any = None) -> Iterator[list[dict]]:
    """Yield the pages of a list; `first` is the first answer, where it is there already."""
    answer = first
#% else
def pages(client: Client, name: str, listing: Listing, variables: dict) -> Iterator[list[dict]]:
    """Yield the pages of a list."""
#% endif
    place = None
#% if c.style.connection
    seen = set()
#% endif
#% if c.style.offset
    previous: list[dict] = []
#% endif
    while True:
#% if c.any_more
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
#% else
#% if c.any_variables
        sent = listing.variables | variables | listing.paging.variables(place)
#% else
        sent = variables | listing.paging.variables(place)
#% endif
        answer = below(client.ask(name, listing.query, sent), listing.path)
#% endif
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
#% if c.any_more
        answer = None
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
