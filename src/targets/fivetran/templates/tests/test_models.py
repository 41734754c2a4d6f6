"""Tests of the shaping of rows{{ " and of the arithmetic of cursors" if c.cursor_example else "" }}."""

import unittest
from datetime import datetime, timezone
from decimal import Decimal

from {{ c.module.models }} import {{ c.table_imports | join(", ") }}, TABLES, shape_row, table_schemas


class RowTest(unittest.TestCase):
    def test_values_take_the_form_that_the_destination_wants(self):
        record = {{ c.row.record }}
        self.assertEqual(
            shape_row({{ c.row.constant }}, record, 1),
            {{ c.row.stored }},
        )

    def test_absent_fields_are_null(self):
        row = shape_row({{ c.row.constant }}, {{ c.row.key }}, 1)
        self.assertEqual(set(row), set({{ c.row.columns }}))

    def test_new_fields_are_kept_exactly(self):
        record = {{ c.row.key }} | {"new_field": {"a": [1]}, "new_number": 0.1, "new_id": 2**70}
        row = shape_row({{ c.row.constant }}, record, 1)
        self.assertEqual(row["new_field"], {"a": [1]})
        self.assertEqual(row["new_number"], "0.1")
        self.assertEqual(row["new_id"], str(2**70))

    def test_a_record_without_its_key_is_an_error(self):
        for table in TABLES:
            if table.primary_key:
                with self.assertRaisesRegex(ValueError, f"{table.name}: record 3"):
                    shape_row(table, {}, 3)
#% if c.row.unreadable

    def test_a_value_that_cannot_be_read_is_an_error(self):
        record = {{ c.row.unreadable.record }}
        with self.assertRaisesRegex(ValueError, {{ c.row.unreadable.value | py }}):
            shape_row({{ c.row.constant }}, record, 1)
#% endif


class SchemaTest(unittest.TestCase):
    def test_keys_and_types_are_of_known_columns(self):
        for table, declared in zip(TABLES, table_schemas(), strict=True):
            self.assertEqual(declared["table"], table.name)
            self.assertLessEqual(set(declared["primary_key"]), set(table.columns))
            self.assertLessEqual(set(declared.get("columns", {})), set(table.columns))
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
