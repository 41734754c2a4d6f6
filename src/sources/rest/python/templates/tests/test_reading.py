"""Tests of what is asked of the API, and of what comes with its records."""

import unittest
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from api import ApiError
from reading import {{ c.table_imports | join(", ") }}, {{ c.reading_functions | join(", ") }}


class PreparedClient:
    """Gives each listing once, and notes what it is asked."""

    def __init__(self, listings: dict):
        self.listings = dict(listings)
        self.asked: list[tuple[str, dict]] = []
#% if c.cursor_capped
        self.clock_ahead = timedelta(0)
#% endif

    def pages(self, path: str, params: dict, *_):
        self.asked.append((path, params))
        found = self.listings.pop(path, [])
        if isinstance(found, Exception):
            raise found
        yield from found
#% if c.any_feed

    def whole(self, path: str, params: dict, *_):
        return [record for page in self.pages(path, params) for record in page]
#% endif


class ReadingTest(unittest.TestCase):
#% if c.whole
    def test_a_whole_table_is_all_its_pages(self):
        client = PreparedClient({{ c.whole.listing }})
        pages = list(read_whole(client, {{ c.whole.constant }}))
        self.assertEqual(pages, [[{{ c.whole.first }}], [{{ c.whole.second }}]])

#% endif
#% if c.changes
    def test_the_cursor_covers_what_was_read(self):
        client = PreparedClient({{ c.changes.listing }})
        found = list(read_changes(client, {{ c.changes.constant }}, {}))
        records = [record for page, _ in found for record in page]
        self.assertEqual(records, [{{ c.changes.first }}, {{ c.changes.second }}])
        self.assertEqual(found[-1][1], {"cursor": {{ c.cursor_example.late_cursor }}})

    def test_the_next_sync_goes_on_from_the_cursor(self):
        client = PreparedClient({})
        saved = {"cursor": {{ c.cursor_example.late_cursor }}}
        self.assertEqual([page for page, _ in read_changes(client, {{ c.changes.constant }}, saved) if page], [])
        _, params = client.asked[0]
#% if c.cursor_ask
        wanted = {{ c.changes.constant }}.cursor.ask_from({{ c.cursor_example.late_cursor }})
#% else
        wanted = {{ c.cursor_example.late_cursor }}
#% endif
        self.assertEqual(params[{{ c.cursor_example.param | py }}], wanted)
#% if c.any_whole

    def test_a_table_can_be_read_whole_all_the_same(self):
        client = PreparedClient({{ c.changes.one_page }})
        self.assertEqual(list(read_whole(client, {{ c.changes.constant }})), [[{{ c.changes.second }}, {{ c.changes.first }}]])
#% endif

#% endif
#% if c.steps
    def test_ranges_go_on_after_the_highest_id(self):
        client = PreparedClient({{ c.steps.one_page }})
        steps = {{ c.steps.constant }}.steps
        *_, (_, saved) = read_changes(client, {{ c.steps.constant }}, {})
        self.assertEqual(saved, {"cursor": steps.start + 2})
        self.assertEqual(len(client.asked), 1 + steps.empty_ranges)
        list(read_changes(client, {{ c.steps.constant }}, saved))
        _, params = client.asked[1 + steps.empty_ranges]
        self.assertEqual(params[steps.from_param], steps.start + 2)

#% endif
#% if c.flagged
    def test_a_flag_tells_deleted_rows(self):
        self.assertFalse(is_deleted({{ c.flagged.constant }}, {{ c.flagged.first }}))
        self.assertTrue(is_deleted({{ c.flagged.constant }}, {{ c.flagged.flag }}))

#% endif
#% if c.feed
    def test_deleted_rows_are_listed_by_their_keys(self):
        client = PreparedClient({{ c.feed.listing }})
        [(page, saved)] = read_deletes(client, {{ c.feed.constant }}, {})
        self.assertEqual(page, [{{ c.feed.keys }}])
#% if c.feed.param
        [(page, again)] = read_deletes(client, {{ c.feed.constant }}, saved)
        self.assertEqual((page, again), ([], saved))
        self.assertEqual(client.asked[1][1], { {{- c.feed.param }}: saved["cursor"]})
#% else
        self.assertEqual(saved, {})
#% endif

#% endif
#% if c.child
    def test_children_have_the_values_of_their_parent(self):
        client = PreparedClient(
            {{ c.child.listing }}
        )
        found = list({{ c.child.function }}(client, {{ c.child.constant }}{{ c.child.arguments }}))
#% if c.child.advancing
        [child] = [record for page, _ in found for record in page]
#% else
        [child] = [record for page in found for record in page]
#% endif
        for column, value in {{ c.child.bound }}.items():
            self.assertEqual(child[column], value)

    def test_a_parent_that_is_gone_is_skipped(self):
        client = PreparedClient(
            {{ c.child.gone }}
        )
        with patch("reading.log") as log:
            self.assertEqual(list({{ c.child.function }}(client, {{ c.child.constant }}{{ c.child.arguments }})), [])
        log.warning.assert_called_once()

    def test_other_errors_of_children_are_not_hidden(self):
        client = PreparedClient(
            {{ c.child.broken }}
        )
        with self.assertRaises(ApiError):
            list({{ c.child.function }}(client, {{ c.child.constant }}{{ c.child.arguments }}))
#% if c.child.advancing

    def test_parents_that_are_not_listed_any_more_are_forgotten(self):
        found = list(read_changes(PreparedClient({}), {{ c.child.constant }}, {"cursors": {"gone": "1"}}))
        self.assertEqual(found, [([], {"cursors": {}})])
#% endif

#% endif
#% if c.cursor_example


class CursorTest(unittest.TestCase):
    cursor = {{ c.cursor_example.constant }}.cursor
    early = {{ c.cursor_example.early }}
    late = {{ c.cursor_example.late }}
#% if c.cursor_capped

    def latest(self, page: list[dict], reached: str | None) -> str | None:
        return self.cursor.latest(page, reached, datetime(2024, 6, 1, tzinfo=timezone.utc))
#% else

    def latest(self, page: list[dict], reached: str | None) -> str | None:
        return self.cursor.latest(page, reached)
#% endif

    def test_the_latest_of_a_page_counts_in_any_order(self):
        self.assertEqual(self.latest([self.late, {}, self.early], None), {{ c.cursor_example.late_cursor }})

    def test_the_cursor_does_not_go_back(self):
        self.assertEqual(self.latest([self.early], {{ c.cursor_example.late_cursor }}), {{ c.cursor_example.late_cursor }})

    def test_records_without_a_value_do_not_move_it(self):
        self.assertIsNone(self.latest([{}, {{ c.cursor_example.without }}], None))
#% if c.cursor_example.timed

    def test_it_does_not_run_ahead_of_the_sync(self):
        began = datetime(2024, 2, 1, tzinfo=timezone.utc)
        reached = self.cursor.latest([self.early, self.late], None, began)
        self.assertEqual(self.cursor.parse(reached), began)
#% endif
#% if c.cursor_overlap

    def test_the_next_sync_asks_by_the_overlap_earlier(self):
        saved = {{ c.cursor_example.late_cursor }}
        asked = self.cursor.ask_from(saved)
        self.assertLessEqual(self.cursor.parse(asked), self.cursor.parse(saved) - self.cursor.overlap)
#% endif
#% endif


if __name__ == "__main__":
    unittest.main()
