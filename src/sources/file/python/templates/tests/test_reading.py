"""Tests of reading files, on files held in memory."""

import gzip
import io
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import BinaryIO

from files import FileError, GoneError, StoredFile
from reading import {{ c.examples | join(", ", "constant") }}, Table, read_whole{{ ", read_changes" if c.changes else "" }}{{ ", is_deleted" if c.any_following else "" }}
#: body

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
# Per table: names of files of it, and files with one and with two records.
EXAMPLES = [
#% for example in c.examples
    ({{ example.constant }}, {{ example.names | py }}, {{ example.one }}, {{ example.two }}),
#% endfor
]


class Shelf:
    """Files in memory, in the place of the client."""

    def __init__(self):
        self.contents: dict[str, tuple[bytes, int]] = {}
        self.copied: list[str] = []
        # Files that are listed, and gone when they are asked for.
        self.gone: set[str] = set()

    def put(self, name: str, content: bytes, hour: int) -> None:
        """Add or change a file."""
        self.contents[name] = content, hour

    def list_files(self, prefix: str, levels: int | None) -> list[StoredFile]:
        """Return the files, the last one first: nothing may rest on the order of a listing."""
        return [
            StoredFile(name, START + timedelta(hours=hour), f"{hour}-{len(content)}")
            for name, (content, hour) in reversed(self.contents.items())
            if name.startswith(prefix)
        ]

    @contextmanager
    def copy(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Yield a file's bytes."""
        self.copied.append(file.name)
        if file.name in self.gone:
            raise GoneError(f"{file.name} is gone since it was listed")
        yield io.BytesIO(self.contents[file.name][0])


def example_of(table: Table) -> tuple[list[str], bytes, bytes]:
    """Return the example of a table."""
    return next(rest for found, *rest in EXAMPLES if found is table)


class ReadingTest(unittest.TestCase):
    """Reading whole, and reading on."""

    def test_all_records_of_all_files(self):
        for table, names, one, two in EXAMPLES:
            with self.subTest(table.name):
                shelf = Shelf()
                for hour, name in enumerate(names):
                    shelf.put(name, two if hour == 0 else one, hour)
                records = [record for page in read_whole(shelf, table) for record in page]
                self.assertEqual(len(records), len(names) + 1)
                self.assertEqual([records[0]["_file"], records[0]["_line"]], [names[0], 1])
                self.assertEqual([records[1]["_file"], records[1]["_line"]], [names[0], 2])

    def test_a_file_that_goes_meanwhile_is_left_out(self):
        for table, names, one, _ in EXAMPLES:
            with self.subTest(table.name), self.assertLogs(level="WARNING"):
                shelf = Shelf()
                for hour, name in enumerate(names):
                    shelf.put(name, one, hour)
                shelf.gone.update(names[1:])
                self.assertEqual(len([record for page in read_whole(shelf, table) for record in page]), 1)
                shelf.gone.update(names)
                with self.assertRaisesRegex(FileError, table.name):
                    list(read_whole(shelf, table))

    def test_no_file_is_an_error(self):
        for table, *_ in EXAMPLES:
            with self.subTest(table.name), self.assertRaisesRegex(FileError, table.name):
                list(read_whole(Shelf(), table))
#% if c.test_changes

    def test_only_what_is_new_or_changed_is_read_again(self):
        table = {{ c.test_changes }}
        names, one, two = example_of(table)
        shelf = Shelf()
        shelf.put(names[-1], one, 5)
        *_, (_, saved) = read_changes(shelf, table, {})
        self.assertEqual(list(read_changes(shelf, table, saved)), [])
        shelf.put(names[-1], two, 6)
        pages = list(read_changes(shelf, table, saved))
        self.assertEqual(len([record for page, _ in pages for record in page]), 2)
        self.assertEqual(list(read_changes(shelf, table, pages[-1][1])), [])

    def test_a_place_that_has_become_empty_is_an_error(self):
        table = {{ c.test_changes }}
        names, one, _ = example_of(table)
        shelf = Shelf()
        shelf.put(names[-1], one, 5)
        *_, (_, saved) = read_changes(shelf, table, {})
        with self.assertRaisesRegex(FileError, table.name):
            list(read_changes(Shelf(), table, saved))

    def test_a_file_that_arrives_late_is_not_missed(self):
        table = {{ c.test_changes }}
        names, one, two = example_of(table)
        if len(names) == 1:
            self.skipTest("the table is in one file")
        shelf = Shelf()
        shelf.put(names[1], one, 5)
        *_, (_, saved) = read_changes(shelf, table, {})
        shelf.put(names[0], two, 1)
        shelf.copied.clear()
        list(read_changes(shelf, table, saved))
        self.assertEqual(shelf.copied[0], names[0])
#% endif
#% if c.test_replay

    def test_newer_records_win_over_those_of_a_late_file(self):
        table = {{ c.test_replay }}
        names, one, two = example_of(table)
        if len(names) == 1:
            self.skipTest("the table is in one file")
        shelf = Shelf()
        shelf.put(names[1], one, 5)
        *_, (_, saved) = read_changes(shelf, table, {})
        shelf.put(names[0], two, 1)
        shelf.copied.clear()
        list(read_changes(shelf, table, saved))
        self.assertEqual(shelf.copied, names[:2])
#% endif
#% if c.test_deletes

    def test_records_of_shorter_and_gone_files_are_deleted(self):
        table = {{ c.test_deletes }}
        names, one, two = example_of(table)
        shelf = Shelf()
        for name in names:
            shelf.put(name, two, 1)
        *_, (_, saved) = read_changes(shelf, table, {})
        shelf.put(names[0], one, 2)
        gone = names[1:2]
        for name in gone:
            del shelf.contents[name]
        records = [record for page, _ in read_changes(shelf, table, saved) for record in page]
        expected = [{"_file": name, "_line": line} for name in gone for line in (1, 2)]
        keys = [record for record in records if is_deleted(table, record)]
        self.assertEqual(keys, [*expected, {"_file": names[0], "_line": 2}])
        self.assertEqual([record["_line"] for record in records if record not in keys], [1])

    def test_files_that_were_read_before_they_were_followed_are_read_again(self):
        table = {{ c.test_deletes }}
        names, one, _ = example_of(table)
        shelf = Shelf()
        shelf.put(names[0], one, 1)
        saved = {"files": {file.name: file.version for file in shelf.list_files("", None)}}
        records = [record for page, _ in read_changes(shelf, table, saved) for record in page]
        self.assertEqual([record["_line"] for record in records], [1])

    def test_a_sync_that_ends_half_way_is_made_good(self):
        table = {{ c.test_deletes }}
        names, one, two = example_of(table)
        shelf = Shelf()
        shelf.put(names[0], two, 1)
        pages = read_changes(shelf, table, {})
        saved = {}
        for page, offered in pages:
            if page:
                # It is sent, and nothing is saved any more.
                break
            saved = offered
        shelf.put(names[0], one, 2)
        records = [record for page, _ in read_changes(shelf, table, saved) for record in page]
        keys = [record for record in records if is_deleted(table, record)]
        self.assertEqual(keys, [{"_file": names[0], "_line": 2}])
#% endif
#% if c.test_csv

    def test_ragged_rows_are_kept(self):
        shelf = Shelf()
        shelf.put({{ c.test_csv.name | py }}, {{ c.test_csv.ragged }}, 1)
        with self.assertLogs(level="WARNING"):
            [[record]] = read_whole(shelf, {{ c.test_csv.constant }})
        self.assertEqual(list(record["_rest"].values()), ["surplus"])

    def test_a_broken_file_is_named(self):
        shelf = Shelf()
        shelf.put({{ c.test_csv.name | py }}, {{ c.test_csv.broken }}, 1)
        with self.assertRaisesRegex(FileError, "record 2"):
            list(read_whole(shelf, {{ c.test_csv.constant }}))
#% endif


if __name__ == "__main__":
    unittest.main()
