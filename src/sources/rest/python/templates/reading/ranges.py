def ranges(client: Client, cursor: Cursor, saved: str | None) -> Iterator[dict]:
    """Yield the parameters of each range from a cursor up to now, as the API's clock has it.

    Only records move the cursor, not the end of a range: what comes late into an empty range
    is found again.
    """
    began = datetime.now(timezone.utc) + timedelta(seconds=1)
    since = cursor.ask_from(saved)
#% if c.windows == "some"
    if cursor.window_days is None:
        yield {{ c.cursor_params }} if since is None else {{ c.cursor_params_since }}
        return
#% endif
    start = end = cursor.parse(since)
    # The API's clock is known from its first answer on, to the second.
    while end < (limit := {{ "cursor.limit(began + client.clock_ahead)" if c.window_dates else "began + client.clock_ahead" }}):
        end = min(end + timedelta(days=cursor.window_days), limit)
        params = {cursor.param: cursor.write(start, since), cursor.end_param: cursor.write(end, since)}
        yield {{ c.range_params }}
        start = {{ "end - cursor.left_out" if c.window_gap else "end" }}
