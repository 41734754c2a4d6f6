"""Runs syncs by a connector's own contract tests, for whoever records what they are to expect.

Commands come as JSON lines, answers go out the same way. What the connector prints goes to stderr.
"""

import http.client
import importlib
import importlib.util
import json
import os
import sys
import time
import traceback
from contextlib import nullcontext
from pathlib import Path

ROWS = "rows"


def stopped_clock():
    """What stops the clock in the tests, or lets it be where the tests do not mind."""
    if Path("tests/contract/clock.py").exists():
        return importlib.import_module("tests.contract.clock").stopped_at
    return lambda _: nullcontext()


def hide_dates() -> None:
    """Takes the date off every answer: it is of the real clock, which stands still here, and no recording has it."""
    read_headers = http.client.parse_headers

    def without_date(*arguments, **options):
        headers = read_headers(*arguments, **options)
        del headers["Date"]
        return headers

    http.client.parse_headers = without_date


def tape_of(path: str, driver: str):
    """What writes down the answers of a driver, from now on."""
    spec = importlib.util.spec_from_file_location("tape", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Tape(driver)


class Session:
    """One destination at a time, and what is to be expected so far."""

    def __init__(self, taping: list[str]) -> None:
        self.tape = tape_of(*taping) if taping else None
        self.syncs = importlib.import_module("tests.contract.syncs")
        self.stopped_at = stopped_clock()
        self.destination = None
        self.parts: dict[str, dict] = {}

    def begin(self, _: dict) -> dict:
        """From now on what the driver answers belongs to another part."""
        if self.tape is not None:
            self.tape.begin()
        return {}

    def taped(self, _: dict) -> dict:
        """What the driver was asked and answered in this part."""
        return {"text": "" if self.tape is None else self.tape.text()}

    def sync(self, command: dict) -> dict:
        """Runs a sync, from the beginning or from where the last one ended."""
        before = 0 if self.tape is None else self.tape.asked
        if command["fresh"]:
            self.destination = self.syncs.Destination()
        with self.stopped_at(command["time"]):
            self.destination.sync(command["configuration"], command["last_checkpoint"])
        tables = {name: self.destination.rows(name) for name in self.destination.tables}
        states = [json.dumps(state, sort_keys=True) for state in self.destination.states]
        if command["part"] is not None:
            kept = {"received": self.destination.received, ROWS: tables, "state": self.destination.state}
            self.parts[command["part"]] = kept
        played = {ROWS: tables, "states": states}
        return played if self.tape is None else played | {"asked": self.tape.asked - before}

    def write(self, command: dict) -> dict:
        """Writes what is expected, a row per line."""
        expected = {"primary_keys": self.destination.primary_keys, **command["expected"]}
        for part, kept in self.parts.items():
            expected[part] |= kept
        Path("tests/contract/expected.json").write_text(written(expected, "") + "\n", encoding="utf-8")
        return {}


def written(value: object, indent: str) -> str:
    """JSON that a person can read and a diff can show: objects down to the tables, then a row per line."""
    inner = indent + "  "
    if isinstance(value, dict) and (len(indent) < 6 and value):
        items = [f"{inner}{json.dumps(name)}: {written(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}" + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"{inner}{json.dumps(row, ensure_ascii=False)}" for row in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.path.insert(0, os.getcwd())
    time.sleep = lambda seconds: None
    hide_dates()
    session = None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            session = session or Session(sys.argv[1:])
            answer = getattr(session, command["do"])(command)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            answer = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()[-4000:]}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
