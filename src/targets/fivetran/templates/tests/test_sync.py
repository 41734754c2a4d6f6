"""Tests of what is written and saved, and in which order."""

import unittest
from decimal import Decimal
from unittest.mock import patch

from {{ c.module.api }} import ApiError
from {{ c.module.models }} import {{ c.table_imports | join(", ") }}
from {{ c.module.sync }} import {{ c.sync_functions | join(", ") }}


class PreparedClient:
    """Gives each listing once, and notes what it is asked."""

    def __init__(self, listings: dict):
        self.listings = dict(listings)
        self.asked: list[tuple[str, dict]] = []

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


class SyncTest(unittest.TestCase):
    def setUp(self):
        self.op = self.replace("{{ c.module.sync }}.op")
        self.log = self.replace("{{ c.module.sync }}.log")

    def replace(self, name: str):
        patcher = patch(name)
        self.addCleanup(patcher.stop)
        return patcher.start()

    def calls(self) -> list[str]:
        return [name for name, _, _ in self.op.method_calls]

    def test_every_table_ends_with_a_checkpoint(self):
        sync_tables(PreparedClient({}), {})
        self.assertGreaterEqual(self.op.checkpoint.call_count, {{ c.tables | length }})
        self.op.upsert.assert_not_called()
        self.op.truncate.assert_not_called()
#% if c.changes

    def test_the_cursor_is_saved_after_its_rows(self):
        state = {}
        client = PreparedClient({{ c.changes.listing }})
        sync_changes(client, state, {{ c.changes.constant }})
        self.assertEqual(self.calls()[:3], ["upsert", "checkpoint", "upsert"])
        self.assertEqual(self.calls()[-1], "checkpoint")
        saved = state[{{ c.changes.name | py }}]["cursor"]
        self.assertEqual(saved, {{ c.cursor_example.late_cursor }})

    def test_the_next_sync_goes_on_from_the_cursor(self):
        state = {{ c.changes.state_with_cursor }}
        client = PreparedClient({})
        sync_changes(client, state, {{ c.changes.constant }})
        _, params = client.asked[0]
#% if c.cursor_ask
        wanted = {{ c.changes.constant }}.cursor.ask_from({{ c.cursor_example.late_cursor }})
#% else
        wanted = {{ c.cursor_example.late_cursor }}
#% endif
        self.assertEqual(params[{{ c.cursor_example.param | py }}], wanted)
#% endif
#% if c.steps

    def test_ranges_go_on_after_the_highest_id(self):
        state = {}
        client = PreparedClient({{ c.steps.one_page }})
        sync_changes(client, state, {{ c.steps.constant }})
        steps = {{ c.steps.constant }}.steps
        self.assertEqual(state[{{ c.steps.name | py }}]["cursor"], steps.start + 2)
        self.assertEqual(len(client.asked), 1 + steps.empty_ranges)
        sync_changes(client, state, {{ c.steps.constant }})
        _, params = client.asked[1 + steps.empty_ranges]
        self.assertEqual(params[steps.from_param], steps.start + 2)
#% endif
#% if c.replaced

    def test_a_replaced_table_is_one_unit(self):
        state = {}
        client = PreparedClient({{ c.replaced.listing }})
        replace_table(client, state, {{ c.replaced.constant }})
        self.assertEqual(self.calls(), ["truncate", "upsert", "upsert"])
        self.assertEqual(state[{{ c.replaced.name | py }}]["rows"], 2)

    def test_a_source_that_cannot_be_read_empties_nothing(self):
        client = PreparedClient({{ c.replaced.broken }})
        with self.assertRaises(ApiError):
            replace_table(client, {}, {{ c.replaced.constant }})
        self.assertEqual(self.calls(), [])

    def test_a_table_is_not_emptied_by_a_listing_without_records(self):
        state = {{ c.replaced.state_with_rows }}
        with self.assertRaisesRegex(RuntimeError, "Refusing"):
            replace_table(PreparedClient({}), state, {{ c.replaced.constant }})
        self.assertEqual(self.calls(), [])
#% endif
#% if c.whole

    def test_a_whole_table_has_a_checkpoint_per_page(self):
        client = PreparedClient({{ c.whole.listing }})
        self.assertEqual(sync_whole(client, {}, {{ c.whole.constant }}), 2)
        self.assertEqual(self.calls(), ["upsert", "checkpoint", "upsert", "checkpoint"])
#% endif
#% if c.flagged

    def test_a_flagged_row_is_deleted(self):
        write_page({{ c.flagged.constant }}, [{{ c.flagged.first }}, {{ c.flagged.flag }}])
        self.assertEqual(self.calls(), ["upsert", "delete"])
        keys = self.op.delete.call_args.kwargs["keys"]
        self.assertEqual(tuple(keys), {{ c.flagged.constant }}.primary_key)
#% endif
#% if c.feed

    def test_listed_rows_are_deleted(self):
        client = PreparedClient({{ c.feed.feed_listing }})
        apply_delete_feed(client, {}, {{ c.feed.constant }})
        self.op.delete.assert_called_once_with(
            table={{ c.feed.name | py }}, keys={{ c.feed.keys }}
        )
#% endif
#% if c.child

    def test_children_have_the_values_of_their_parent(self):
        client = PreparedClient(
            {{ c.child.listing }}
        )
        {{ c.child.function }}(client, {}, {{ c.child.constant }})
        row = self.op.upsert.call_args.kwargs["data"]
        for column, value in {{ c.child.stored }}.items():
            self.assertEqual(row[column], value)

    def test_a_parent_that_is_gone_is_skipped(self):
        client = PreparedClient(
            {{ c.child.gone }}
        )
        self.assertEqual({{ c.child.function }}(client, {}, {{ c.child.constant }}), 0)
        self.log.warning.assert_called_once()

    def test_other_errors_of_children_are_not_hidden(self):
        client = PreparedClient(
            {{ c.child.broken }}
        )
        with self.assertRaises(ApiError):
            {{ c.child.function }}(client, {}, {{ c.child.constant }})
#% endif


if __name__ == "__main__":
    unittest.main()
