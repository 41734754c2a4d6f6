"""Tests of the shaping of rows."""

import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from models import {{ c.own.COLUMNS }}, shape_row, table_schemas
from reading import TABLES

TABLE = {table.name: table for table in TABLES}[{{ c.row.table | py }}]


class RowTest(unittest.TestCase):
    def test_values_take_the_form_that_the_destination_wants(self):
        record = {{ c.row.record }}
        self.assertEqual(
            shape_row(TABLE, record, 1),
            {{ c.row.stored }},
        )

    def test_absent_fields_are_null(self):
        row = shape_row(TABLE, {{ c.row.key }}, 1)
        self.assertEqual(set(row), set({{ c.row.columns }}))

    def test_new_fields_are_kept_exactly(self):
        record = {{ c.row.key }} | {"new_field": {"a": [1]}, "new_number": 0.1, "new_id": 2**70}
        row = shape_row(TABLE, record, 1)
        self.assertEqual(row["new_field"], {"a": [1]})
        self.assertEqual(row["new_number"], "0.1")
        self.assertEqual(row["new_id"], str(2**70))

    def test_a_record_without_its_key_is_an_error(self):
        for table in TABLES:
            if table.primary_key:
                with self.assertRaisesRegex(ValueError, "record 3 of a page"):
                    shape_row(table, {}, 3)
#% if c.row.unreadable

    def test_a_value_that_cannot_be_read_is_an_error(self):
        record = {{ c.row.unreadable }}
        with self.assertRaisesRegex(ValueError, "yesterday"):
            shape_row(TABLE, record, 1)
#% endif


class SchemaTest(unittest.TestCase):
    def test_keys_and_types_are_of_known_columns(self):
        for table, declared in zip(TABLES, table_schemas(), strict=True):
            columns = set({{ c.own.COLUMNS }}[table.name])
            self.assertEqual(declared["table"], table.name)
            self.assertLessEqual(set(declared["primary_key"]), columns)
            self.assertLessEqual(set(declared.get("columns", {})), columns)


if __name__ == "__main__":
    unittest.main()
