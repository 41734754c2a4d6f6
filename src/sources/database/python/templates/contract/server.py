"""Stands for the database under its driver: it answers as the recording has it, and in no other way."""

#% if c.kinds.bytes
import base64
#% endif
import difflib
import json
#% if c.readers | length
from collections.abc import Callable
#% endif
#% if c.engine == "postgresql"
from contextlib import nullcontext
#% endif
#% if c.times | length
from datetime import {{ c.times | join(", ") }}
#% endif
#% if c.kinds.Decimal
from decimal import Decimal
#% endif
from pathlib import Path
from unittest.mock import patch
#% if c.kinds.UUID
from uuid import UUID
#% endif

import {{ c.driver }}

# Of the connector; nobody connects to it.
CONFIGURATION = {{ c.configuration }}
# Far more than a sync takes: one that asks the same over and over has to end here.
MAX_QUERIES = {{ c.max_requests }}
# What may go wrong with a query and be right when it is asked again.
#% if c.engine == "postgresql"
FAULTS = {
    "connection lost": psycopg.OperationalError("server closed the connection unexpectedly"),
    "conflict": psycopg.errors.SerializationFailure("could not serialize access"),
}
# What a sync says of a server that stays down.
DOWN = "closed the connection"
#% else
FAULTS = {
    "connection lost": pymysql.OperationalError(2013, "Lost connection to MySQL server during query"),
    "conflict": pymysql.OperationalError(1213, "Deadlock found when trying to get lock"),
}
# What a sync says of a server that stays down.
DOWN = "Lost connection"
#% endif
#% if c.readers | length
# What makes a value of the text that stands for it, by the type that the driver gives.
READERS: dict[str, Callable] = {
#% for kind, reader in c.readers
    {{ kind | py }}: {{ reader }},
#% endfor
}
#% endif

# A statement and the values in it.
Question = tuple[str, tuple]


class Source:
    """The answers of a part; as a context manager it takes the driver's place until the end.

    With a fault each query of the recording meets it once, when it is asked for the first
    time. With `down_from` the server is gone from the n-th query on.
    """

    configuration = CONFIGURATION

    def __init__(self, part: str, fault: str | None = None, down_from: int | None = None):
        recording = json.loads(Path(__file__).with_name(f"{part}.json").read_text(encoding="utf-8"))
        # What a connection is told before it is asked for rows: the answers rest on it.
        self._session = [question_of(kept) for kept in recording["session"]]
        self._commands = self._session + [question_of(kept) for kept in recording["commands"]]
        self._answers = {question_of(kept): rows_of(kept) for kept in recording["answers"]}
        self.asked = 0
        self.struck = 0
        # What was asked first that is not in the recording, in words.
        self.refused = ""
        self._fault, self._down_from = fault, down_from
        self._met: set[Question] = set()
        self._driver = patch("{{ c.driver }}.connect", lambda **_: Connection(self))

    def __enter__(self) -> "Source":
        self._driver.start()
        return self

    def __exit__(self, *_: object):
        self._driver.stop()

    def answer(self, question: Question, told: list[Question]) -> list[tuple]:
        """Return the recorded rows; `told` are the commands that the connection had before."""
        if question in self._commands:
            told.append(question)
            return []
        if question not in self._answers:
            known = {as_text(other): other for other in [*self._answers, *self._commands]}
            [nearest] = difflib.get_close_matches(as_text(question), known, n=1, cutoff=0)
            raise self._refusal(f"{as_text(question)} is not in the recording; the nearest is {nearest}")
        for command in self._session:
            if command not in told:
                raise self._refusal(f"{as_text(question)} is asked before {as_text(command)}")
        self.asked += 1
        if self.asked > MAX_QUERIES:
            raise self._refusal(f"{as_text(question)} is query {self.asked}: there is no end to them")
        fault = self._fault_of(question)
        if fault is not None:
            raise FAULTS[fault]
        return self._answers[question]

    def _refusal(self, why: str) -> LookupError:
        self.refused = self.refused or why
        return LookupError(why)

    def _fault_of(self, question: Question) -> str | None:
        if self._down_from is not None and self.asked >= self._down_from:
            return "connection lost"
        if self._fault is None or question in self._met:
            return None
        self._met.add(question)
        self.struck += 1
        return self._fault


class Connection:
    """Stands for the driver's, as far as the connector uses it."""

    def __init__(self, source: Source):
        self._source = source
        self._told: list[Question] = []
#% if c.loaders
        self.adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
#% endif

    def ask(self, statement: str, values: tuple) -> list[tuple]:
        """Return the rows of a statement; a command has none."""
        return self._source.answer((statement, tuple(values)), self._told)

#% if c.engine == "postgresql"
    def execute(self, statement: str, values: tuple = ()):
        """Run a command."""
        self.ask(statement, values)

    def transaction(self) -> nullcontext:
        """Begin what ends with the context."""
        return nullcontext()

    def cursor(self, name: str) -> "Cursor":
        """Return what rows are fetched by."""
        return Cursor(self)
#% else
    def cursor(self) -> "Cursor":
        """Return what statements are run and rows are fetched by."""
        return Cursor(self)
#% endif

    def close(self):
        """Nothing has to be closed."""


class Cursor:
    """Stands for the driver's."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._rows: list[tuple] = []

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object):
        """Nothing has to be closed."""

    def execute(self, statement: str, values: tuple = ()):
        """Ask for rows{{ ", or run a command" if c.engine == "mysql" }}."""
        self._rows = list(self._connection.ask(statement, values))

    def fetchmany(self, size: int) -> list[tuple]:
        """Return the next rows, at most `size`."""
        portion, self._rows = self._rows[:size], self._rows[size:]
        return portion


def question_of(kept: dict) -> Question:
    """Return a statement and its values."""
    return "\n".join(kept["statement"]), tuple({{ "value_of(value) for value in kept[\"values\"]" if c.readers | length else "kept[\"values\"]" }})


def rows_of(kept: dict) -> list[tuple]:
    """Return rows as the driver gives them."""
#% if c.readers | length
    return [tuple(value_of(value) for value in row) for row in kept["rows"]]


def value_of(kept: object) -> object:
    """Return a value as the driver gives it; what JSON has no way to write is kept as type and text."""
    if not isinstance(kept, dict):
        return kept
    [(kind, text)] = kept.items()
    return READERS[kind](text)
#% else
    return [tuple(row) for row in kept["rows"]]
#% endif


def as_text(question: Question) -> str:
    """Return a question on one line."""
    statement, values = question
    return " ".join(statement.split()) + (f" with {values}" if values else "")
