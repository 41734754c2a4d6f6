def stepped_pages(client: Client, table: Table, saved: int | None{{ c.parent_hint }}) -> Iterator[tuple[list[dict], int]]:
    """Yield pages in ranges of ids, each with the id to ask from next time.

    That id is the one after the highest that was seen, not the end of the last range: later
    rows will fill what is empty today.
    """
    steps = table.steps
    next_id = first = steps.start if saved is None else saved
    empty = 0
    while empty < steps.empty_ranges:
        params = {steps.from_param: first, steps.to_param: first + steps.size - 1}
        empty += 1
        done = next_id
        for page in table_pages(client, table, params{{ c.parent_pass }}):
            empty = 0
            next_id = max(next_id, *(int(record[steps.column]) + 1 for record in page))
            # The range may have more pages: until its end, it has to be asked for again.
            yield page, done
        if next_id != done:
            yield [], next_id
        first += steps.size
