def new_pages(client: Client, table: Table, saved: str | int | None{{ c.parent_hint }}) -> Iterator[tuple[list[dict], str | int | None]]:
    """Yield the pages after a cursor, each with the cursor to save once it is written."""
#% if c.any_full_new_pages
#% if c.any_table_cursor
    if table.cursor is not None:
        yield from changed_pages(client, table, saved{{ c.parent_pass }})
#% endif
#% if c.any_steps
    {{ "elif" if c.any_table_cursor else "if" }} table.steps is not None:
        yield from stepped_pages(client, table, saved{{ c.parent_pass }})
#% endif
    else:
        for page in table_pages(client, table, {}{{ c.parent_pass }}):
            yield page, None
#% else
    if table.cursor is not None:
        return changed_pages(client, table, saved{{ c.parent_pass }})
    return stepped_pages(client, table, saved{{ c.parent_pass }})
#% endif
