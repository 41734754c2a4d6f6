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
