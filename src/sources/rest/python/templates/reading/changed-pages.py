def changed_pages(client: Client, table: Table, saved: str | None{{ c.parent_hint }}) -> Iterator[tuple[list[dict], str | None]]:
    """Yield the pages changed since a cursor, each with the cursor to save once it is written.

{{ c.changed_pages_doc }}
    """
    cursor = table.cursor
    reached = saved
#% if c.cursor_capped
    began = datetime.now(timezone.utc)
#% endif
#% if c.windows
    for params in ranges(client, cursor, saved):
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            reached = latest_cursor(table.name, cursor, page, reached{{ c.began_there_pass }})
            yield page, {{ c.page_cursor }}
#% if c.cursor_ascending != "all"
        if reached != saved:
            saved = reached
            yield [], saved
#% endif
#% else
{{ c.since_lines }}
#% if c.cursor_recheck
    first = None
#% endif
    for page in table_pages(client, table, params{{ c.parent_pass }}):
        reached = latest_cursor(table.name, cursor, page, reached{{ c.began_there_pass }})
#% if c.cursor_recheck
        first = first or reached
#% endif
        yield page, {{ c.page_cursor }}
#% if c.cursor_recheck
    if {{ "cursor.recheck and " if c.cursor_recheck == "some" }}reached != first:
        # What changed meanwhile on pages read by then can have a lower value than what came later.
        params = params | {cursor.param: {{ "cursor.ask_from(first)" if c.cursor_ask else "first" }}}
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            yield page, saved
#% endif
#% if c.cursor_ascending != "all"
    if reached != saved:
        yield [], reached
#% endif
#% endif
