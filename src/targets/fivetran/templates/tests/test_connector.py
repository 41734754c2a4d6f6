"""Tests of what Fivetran calls."""

import logging
import unittest
from unittest.mock import patch

from connector import FivetranHandler, schema


class SchemaTest(unittest.TestCase):
    def test_the_schema_needs_no_configuration(self):
        self.assertEqual(len(schema({})), {{ c.tables | length }})


class LogTest(unittest.TestCase):
    @patch("connector.Logging")
    def test_lines_keep_their_level(self, fivetran):
        logger = logging.Logger("test")
        logger.addHandler(FivetranHandler())
        logger.info("%d pages", 7)
        logger.warning("again")
        logger.error("broken")
        fivetran.info.assert_called_once_with("7 pages")
        fivetran.warning.assert_called_once_with("again")
        fivetran.error.assert_called_once_with("broken")


if __name__ == "__main__":
    unittest.main()
