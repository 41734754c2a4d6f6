"""Tests of the checks of the configuration."""

import unittest

from connector import schema, validate_configuration

CONFIGURATION = {{ c.test_configuration }}


class ConfigurationTest(unittest.TestCase):
    def test_a_complete_configuration_passes(self):
        validate_configuration(CONFIGURATION)
        validate_configuration({**CONFIGURATION, "base_url": "http://127.0.0.1:8080/api"})
#% if c.required_key

    def test_each_key_is_needed(self):
        for key in CONFIGURATION:
            for wrong in ("", "  ", "<PLACEHOLDER>", "two\nlines", None):
                with self.subTest(key=key, wrong=wrong), self.assertRaisesRegex(ValueError, key):
                    validate_configuration({**CONFIGURATION, key: wrong})
#% endif

    def test_the_address_has_to_be_one(self):
        for wrong in ("ftp://example.com", "example.com", "http://", "https://exa mple.com"):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(ValueError, "base_url"):
                validate_configuration({**CONFIGURATION, "base_url": wrong})


class SchemaTest(unittest.TestCase):
    def test_the_schema_needs_no_configuration(self):
        self.assertEqual(len(schema({})), {{ c.tables | length }})


if __name__ == "__main__":
    unittest.main()
