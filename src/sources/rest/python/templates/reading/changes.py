def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
#% if c.direct_advance
    """Yield the pages of what is new in a table, each with what to save once it is written."""
#% if c.children_advance
    if table.parent is not None:
        yield from read_changes_by_parent(client, table, saved)
        return
#% endif
    for page, cursor in {{ c.new_pages_kept }}:
        if cursor is not None:
            saved = {"cursor": cursor}
        yield page, saved
#% if c.children_advance


def read_changes_by_parent(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the same for a table that has a cursor per parent row."""
#% endif
#% else
    """Yield the pages of what is new since the cursor of each parent row.

    Each page comes with what to save once it is written.
    """
#% endif
#% if c.children_advance
    cursors = saved.get("cursors", {})
    seen = set()
    for parent in parents_of(client, table):
        key = parent_key(parent)
        seen.add(key)
        pages = {{ c.new_pages_parent }}
        for page, cursor in unless_gone(pages, table, parent):
            if cursor != cursors.get(key):
                cursors = cursors | {key: cursor}
                saved = {"cursors": cursors}
            yield page, saved
    # Parents that are not listed any more would fill the state for ever.
    if cursors.keys() - seen:
        kept = {key: cursor for key, cursor in cursors.items() if key in seen}
        yield [], {"cursors": kept}
#% endif
