"""Tests of what the platform asks before it reads, without a source to read from."""

import pickle
import socket
import unittest
from unittest.mock import patch

from pyspark.sql.types import ArrayType, DataType, IntegerType, MapType, StructType
from {{ c.module }} import {{ c.class_name }}DataSource, {{ c.class_name }}LakeflowConnect

OPTIONS = {{ c.options | py }}
# Ingestion type, key and cursor of each table.
TABLES = {
#% for table in c.tables
    {{ table.name | py }}: ({{ table.type | py }}, {{ table.keys | py }}, {{ table.cursor | py }}),
#% endfor
}


def types_within(kind: DataType) -> list[DataType]:
    """Return a type and all types inside of it."""
    if isinstance(kind, StructType):
        inner = [field.dataType for field in kind.fields]
    else:
        inner = [kind.elementType] if isinstance(kind, ArrayType) else []
    return [kind, *(found for part in inner for found in types_within(part))]


class ConnectorTest(unittest.TestCase):
    def setUp(self):
        network = patch.object(socket.socket, "connect", side_effect=AssertionError("the network was used"))
        network.start()
        self.addCleanup(network.stop)
        self.connector = {{ c.class_name }}LakeflowConnect(dict(OPTIONS))

    def test_the_tables_are_those_it_was_made_for(self):
        self.assertEqual(self.connector.list_tables(), list(TABLES))

    def test_schemas_are_the_same_each_time_and_their_names_unique(self):
        for table in TABLES:
            schema = self.connector.get_table_schema(table, {})
            self.assertEqual(schema, self.connector.get_table_schema(table, {}))
            names = [name.lower() for name in schema.names]
            self.assertEqual(sorted(names), sorted(set(names)), table)

    def test_schemas_have_no_maps_and_no_narrow_numbers(self):
        for table in TABLES:
            for kind in types_within(self.connector.get_table_schema(table, {})):
                self.assertNotIsInstance(kind, (MapType, IntegerType), table)

    def test_metadata_say_how_each_table_is_taken_in(self):
        for table, (ingestion_type, keys, cursor) in TABLES.items():
            metadata = self.connector.read_table_metadata(table, {})
            self.assertEqual(metadata["ingestion_type"], ingestion_type, table)
            self.assertEqual(metadata["primary_keys"], keys, table)
            self.assertEqual(metadata.get("cursor_field"), cursor, table)

    def test_keys_and_cursors_are_columns_that_always_have_a_value(self):
        for table, (_, keys, cursor) in TABLES.items():
            schema = self.connector.get_table_schema(table, {})
            for column in [*keys, *([cursor] if cursor else [])]:
                self.assertFalse(schema[column].nullable, f"{table}.{column}")

    def test_whoever_changes_the_metadata_changes_only_a_copy(self):
        for table in TABLES:
            before = self.connector.read_table_metadata(table, {})
            before["primary_keys"].append("changed")
            self.assertNotIn("changed", self.connector.read_table_metadata(table, {})["primary_keys"])

    def test_an_unknown_table_is_refused_by_name(self):
        asked = (
            lambda table: self.connector.get_table_schema(table, {}),
            lambda table: self.connector.read_table_metadata(table, {}),
            lambda table: self.connector.read_table(table, None, {}),
#% if c.deletes
            lambda table: self.connector.read_table_deletes(table, None, {}),
#% endif
        )
        for ask in asked:
            with self.assertRaisesRegex(ValueError, "no_such_table"):
                ask("no_such_table")
#% if c.without_deletes | length

    def test_deletes_are_refused_where_there_are_none(self):
        for table in {{ c.without_deletes | py }}:
            with self.assertRaisesRegex(ValueError, table):
                self.connector.read_table_deletes(table, None, {})
#% endif
#% if c.incremental | length

    def test_the_size_of_a_batch_must_be_a_number(self):
        for size in ("none", "0", "-5", "1.5"):
            with self.assertRaisesRegex(ValueError, "max_records_per_batch"):
                self.connector.read_table({{ c.incremental[0] | py }}, {}, {"max_records_per_batch": size})
#% endif

    def test_a_copy_on_another_machine_knows_the_same_tables(self):
        copy = pickle.loads(pickle.dumps(self.connector))
        self.assertEqual(copy.list_tables(), list(TABLES))

    def test_the_platform_finds_the_connector(self):
        self.assertIs({{ c.class_name }}DataSource._lakeflow_connect_cls, {{ c.class_name }}LakeflowConnect)


if __name__ == "__main__":
    unittest.main()
