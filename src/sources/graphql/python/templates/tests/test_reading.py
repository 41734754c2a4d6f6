"""Tests of how tables are read, with a client that gives prepared answers."""

import unittest

from reading import TABLES, ApiError, below, page_of


class ReadingTest(unittest.TestCase):
    def test_parents_come_before_their_children(self):
        self.assertEqual([table.name for table in TABLES], {{ c.table_names | py }})

    def test_an_answer_without_a_list_is_an_error(self):
        for table in TABLES:
            with self.assertRaisesRegex(ApiError, f"{table.name}: .*no list"):
                page_of(table.name, table.listing.paging, None)

    def test_what_lies_below_an_answer(self):
        self.assertEqual(below({"a": {"b": [1]}}, ("a", "b")), [1])
        self.assertIsNone(below({"a": None}, ("a", "b")))


if __name__ == "__main__":
    unittest.main()
