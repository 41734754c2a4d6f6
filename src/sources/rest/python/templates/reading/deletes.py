def read_deletes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the keys that the API lists as deleted, with what to save once they are."""
    feed = table.delete_feed
#% if c.any_feed_cursor
#% if c.feed_cursor_optional
    if feed.cursor is None:
        yield deleted_keys(feed, client.whole(feed.path, {}, feed.records)), saved
        return
#% endif
    reached = saved.get("cursor")
#% if c.cursor_capped
    began = datetime.now(timezone.utc)
#% endif
    params = {} if reached is None else {feed.cursor.param: reached}
    page = client.whole(feed.path, params, feed.records)
    name = f"deletes of {table.name}"
    reached = latest_cursor(name, feed.cursor, page, reached{{ c.began_there_pass }})
    yield deleted_keys(feed, page), saved if reached is None else {"cursor": reached}
#% else
    yield deleted_keys(feed, client.whole(feed.path, {}, feed.records)), saved
#% endif


def deleted_keys(feed: DeleteFeed, page: list[dict]) -> list[dict]:
    """Return the keys in the records of a feed, by the table's names of them."""
    return [{column: record.get(name) for column, name in feed.keys.items()} for record in page]
