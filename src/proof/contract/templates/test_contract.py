"""Holds the connector to a recorded source: {{ c.title_line }}.

{{ c.about | join("\n") }}
"""

import json
import logging
import unittest
#% if c.keyless
from collections import Counter
#% endif
from pathlib import Path
from unittest.mock import patch

#% if c.clocked
from .clock import stopped_at
#% endif
from .source import Source{{ ", DOWN, FAULTS" if c.asked }}{{ ", RETRY_AFTER_SECONDS" if c.waits }}
from .syncs import Destination

EXPECTED = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))


class ContractTest(unittest.TestCase):
    def setUp(self):
        self.waits: list[float] = []
        sleeping = patch("time.sleep", self.waits.append)
        sleeping.start()
        self.addCleanup(sleeping.stop)
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        self.destination = Destination()

    def test_tables_and_keys_are_those_that_were_agreed(self):
        self.assertEqual(self.destination.primary_keys, EXPECTED["primary_keys"])

    def test_the_first_sync_brings_every_row(self):
        {{ "self.assert_part(\"first\", self.sync(\"first\"))" if c.asked else "self.sync(\"first\")\n        self.assert_part(\"first\")" }}

    def test_the_next_sync_brings_what_changed_and_little_else(self):
        self.sync("first")
        {{ "self.assert_part(\"second\", self.sync(\"second\"))" if c.asked else "self.sync(\"second\")\n        self.assert_part(\"second\")" }}
#% if c.interruptions

    def test_after_an_interruption_the_next_sync_goes_on(self):
        for checkpoint in EXPECTED["interruptions"]:
            with self.subTest(checkpoint=checkpoint):
                self.destination = Destination()
                self.sync("first", last_checkpoint=checkpoint)
                self.sync("first"{{ ", moment=EXPECTED[\"second\"][\"time\"]" if c.clocked }})
                self.assert_rows(EXPECTED["first"]["rows"])
#% endif
#% if c.asked

    def test_faults_that_pass_lose_no_row(self):
        for fault in FAULTS:
            with self.subTest(fault=fault):
                self.destination = Destination()
                source = self.sync("first", fault=fault)
                self.assertGreater(source.struck, 0)
                self.assert_rows(EXPECTED["first"]["rows"])
#% if c.waits

    def test_the_source_is_left_alone_for_as_long_as_it_asks(self):
        source = self.sync("first", fault="too many requests")
        kept = [wait for wait in self.waits if wait >= RETRY_AFTER_SECONDS]
        self.assertGreaterEqual(len(kept), source.struck)
#% endif

    def test_a_source_that_stays_down_is_a_failure(self):
        requests = EXPECTED["first"]["requests"]
        for request in sorted({1, (requests + 1) // 2, requests}):
            with self.subTest(down_from=request):
                self.destination = Destination()
                with self.assertRaisesRegex({{ c.failure }}, DOWN):
                    self.sync("first", down_from=request)
#% endif

    def sync(self, part: str{{ ", moment: str | None = None" if c.clocked and c.interruptions }}, last_checkpoint: int | None = None{{ ", **faults" if c.asked }}){{ " -> Source" if c.asked }}:
        """Run a sync against a part of the recording."""
#% if c.clocked
        moment = {{ "moment or " if c.interruptions }}EXPECTED[part]["time"]
        with Source(part{{ ", **faults" if c.asked }}) as source, stopped_at(moment):
#% else
        with Source(part{{ ", **faults" if c.asked }}) as source:
#% endif
#% if c.asked
            try:
                self.destination.sync(source.configuration, last_checkpoint)
            finally:
                self.assertEqual(source.refused, "")
#% else
            self.destination.sync(source.configuration, last_checkpoint)
#% endif
#% if c.asked
        return source
#% endif

    def assert_part(self, part: str{{ ", source: Source" if c.asked }}):
        """Compare rows and state, and see that no more was read than is needed."""
        expected = EXPECTED[part]
        self.assert_rows(expected["rows"])
        self.assertEqual(self.destination.state, expected["state"])
        self.assertLessEqual(self.destination.received, expected["received"])
#% if c.asked
        self.assertLessEqual(source.asked, expected["requests"])
#% endif

    def assert_rows(self, expected: dict[str, list[dict]]):
        """Compare all tables of the destination, row by row."""
        self.assertEqual(set(self.destination.tables), set(expected))
        for table, rows in expected.items():
            wanted, found = keyed(table, rows), keyed(table, self.destination.rows(table))
            self.assertEqual(sorted(wanted.keys() - found.keys()), [], f"{table}: rows are missing")
            self.assertEqual(sorted(found.keys() - wanted.keys()), [], f"{table}: rows too many")
            for key, row in wanted.items():
                self.assertEqual(found[key], row, f"{table}: the row {key}")


def keyed(table: str, rows: list[dict]) -> dict[str, dict]:
#% if c.keyless
    """Return rows by their key; without one, by all they are, and which of those alike."""
    columns = EXPECTED["primary_keys"][table]
    if columns:
        return {json.dumps([row[column] for column in columns]): row for row in rows}
    seen = Counter()
    found = {}
    for row in rows:
        text = json.dumps(row, sort_keys=True)
        seen[text] += 1
        found[f"{text} {seen[text]}"] = row
    return found
#% else
    """Return rows by their key."""
    columns = EXPECTED["primary_keys"][table]
    return {json.dumps([row[column] for column in columns]): row for row in rows}
#% endif


if __name__ == "__main__":
    unittest.main()
