"""Tests of what is written and saved, and in which order."""

import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from unittest.mock import patch

from reading import TABLES
from sync import {{ c.sync_functions | join(", ") }}

TABLE = {table.name: table for table in TABLES}
CLIENT = object()


class SyncTest(unittest.TestCase):
    def setUp(self):
        self.op = self.replace("sync.op")
        self.log = self.replace("sync.log")
#% for reader in c.readers
        self.{{ reader }} = self.replace("sync.{{ reader }}")
        self.{{ reader }}.return_value = []
#% endfor

    def replace(self, name: str):
        patcher = patch(name)
        self.addCleanup(patcher.stop)
        return patcher.start()

    def calls(self) -> list[str]:
        return [name for name, _, _ in self.op.method_calls]

    def test_every_table_ends_with_a_checkpoint(self):
        sync_tables(CLIENT, {})
        self.assertEqual(self.op.checkpoint.call_count, {{ c.tables | length }})
        self.op.upsert.assert_not_called()
        self.op.truncate.assert_not_called()
#% if c.changes

    def test_what_is_saved_comes_after_its_rows(self):
        state = {}
        self.read_changes.return_value = [([{{ c.changes.first }}], {"at": 1}), ([], {"at": 2})]
        self.assertEqual(sync_changes(CLIENT, state, TABLE[{{ c.changes.name | py }}]), 1)
        self.assertEqual(self.calls(), ["upsert", "checkpoint", "checkpoint"])
        self.assertEqual(state, { {{- c.changes.name | py }}: {"at": 2}})

    def test_the_next_sync_goes_on_from_what_was_saved(self):
        table = TABLE[{{ c.changes.name | py }}]
        sync_changes(CLIENT, {table.name: {"at": 2}}, table)
        self.read_changes.assert_called_once_with(CLIENT, table, {"at": 2})
#% endif
#% if c.replaced

    def test_a_replaced_table_is_one_unit(self):
        state = {}
        self.read_whole.return_value = [[], [{{ c.replaced.first }}], [{{ c.replaced.second }}]]
        replace_table(CLIENT, state, TABLE[{{ c.replaced.name | py }}])
        self.assertEqual(self.calls(), ["truncate", "upsert", "upsert"])
        self.assertEqual(state, { {{- c.replaced.name | py }}: {"rows": 2}})

    def test_a_source_that_cannot_be_read_empties_nothing(self):
        self.read_whole.side_effect = OSError("down")
        with self.assertRaises(OSError):
            replace_table(CLIENT, {}, TABLE[{{ c.replaced.name | py }}])
        self.assertEqual(self.calls(), [])

    def test_a_table_is_not_emptied_by_a_listing_without_records(self):
        state = { {{- c.replaced.name | py }}: {"rows": 2}}
        self.read_whole.return_value = [[]]
        with self.assertRaisesRegex(RuntimeError, "Refusing"):
            replace_table(CLIENT, state, TABLE[{{ c.replaced.name | py }}])
        self.assertEqual(self.calls(), [])
#% endif
#% if c.whole

    def test_a_whole_table_has_a_checkpoint_per_page(self):
        self.read_whole.return_value = [[{{ c.whole.first }}], [{{ c.whole.second }}]]
        self.assertEqual(sync_whole(CLIENT, {}, TABLE[{{ c.whole.name | py }}]), 2)
        self.assertEqual(self.calls(), ["upsert", "checkpoint", "upsert", "checkpoint"])
#% endif
#% if c.flagged

    def test_a_row_that_is_gone_is_deleted(self):
        self.replace("sync.is_deleted").side_effect = [False, True]
        write_page(TABLE[{{ c.flagged.name | py }}], [{{ c.flagged.first }}, {{ c.flagged.second }}])
        self.assertEqual(self.calls(), ["upsert", "delete"])
        self.assertEqual(self.op.delete.call_args.kwargs["keys"], {{ c.flagged.second_key }})
#% endif
#% if c.feed

    def test_listed_rows_are_deleted(self):
        state = {}
        self.read_deletes.return_value = [([{{ c.feed.second }}], {"at": 3})]
        apply_deletes(CLIENT, state, TABLE[{{ c.feed.name | py }}])
        self.op.delete.assert_called_once_with(
            table={{ c.feed.name | py }}, keys={{ c.feed.second_key }}
        )
        self.assertEqual(self.calls(), ["delete", "checkpoint"])
        self.assertEqual(state, { {{- c.feed.deletes_entry | py }}: {"at": 3}})
        apply_deletes(CLIENT, state, TABLE[{{ c.feed.name | py }}])
        self.assertEqual(self.read_deletes.call_args.args[2], {"at": 3})
#% endif


if __name__ == "__main__":
    unittest.main()
