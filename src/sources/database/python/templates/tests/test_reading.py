"""Tests of what is asked of the database, and of what becomes of its rows."""

import unittest
from decimal import Decimal

from database import DatabaseError, validate_configuration
from reading import {{ c.table_constants | replace(",", "") | replace(" ", ", ") }}, read_whole{{ ", read_changes" if c.any_changes else "" }}


class PreparedClient:
    """Gives prepared portions of rows, and notes what it is asked."""

    def __init__(self, *portions: list):
        self.prepared = portions
        self.asked: list[tuple[str, tuple]] = []

    def portions(self, table: str, query: str, values: tuple, size: int):
        self.asked.append((query, values))
        yield from self.prepared


class ReadingTest(unittest.TestCase):
    def test_rows_get_the_names_of_their_columns(self):
        client = PreparedClient([{{ c.whole.row }}])
        [[record]] = read_whole(client, {{ c.whole.constant }})
        self.assertEqual(list(record), list({{ c.whole.constant }}.columns))
        self.assertEqual(record[{{ c.whole.column }}], {{ c.whole.value }})
#% if c.misfit

    def test_a_value_that_the_type_cannot_hold_is_an_error(self):
        client = PreparedClient([{{ c.misfit.row }}])
        with self.assertRaises(DatabaseError) as raised:
            list(read_whole(client, {{ c.misfit.constant }}))
        self.assertIn({{ c.misfit.column | py }}, str(raised.exception))
#% endif
#% if c.moving

    def test_each_portion_moves_the_saved_value_on(self):
        client = PreparedClient([{{ c.moving.early }}], [{{ c.moving.late }}])
        saved = [value for _, value in read_changes(client, {{ c.moving.constant }}, {})]
        self.assertEqual(saved, [{"value": {{ c.moving.cursor }}}, {"value": {{ c.moving.later }}}])

    def test_rows_that_equal_the_saved_value_are_read_again(self):
        client = PreparedClient()
        list(read_changes(client, {{ c.moving.constant }}, {"value": {{ c.moving.cursor }}}))
        [(query, values)] = client.asked
        self.assertIn(" >= ", query)
        self.assertEqual(len(values), 1)
#% if c.moving.blank

    def test_a_row_without_a_value_does_not_move_the_saved_value(self):
        client = PreparedClient([{{ c.moving.blank }}])
        [(_, saved)] = read_changes(client, {{ c.moving.constant }}, {"value": {{ c.moving.cursor }}})
        self.assertEqual(saved, {"value": {{ c.moving.cursor }}})
#% endif
#% endif


class ConfigurationTest(unittest.TestCase):
    def test_a_missing_key_is_named(self):
        with self.assertRaisesRegex(ValueError, {{ c.required[0].key | py }}):
            validate_configuration({})


if __name__ == "__main__":
    unittest.main()
