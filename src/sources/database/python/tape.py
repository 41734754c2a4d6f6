"""Writes down what a connector asks of its database's driver, and what the driver answers, for tests that ask it again.

Statements whose rows nobody fetches are commands: those that come before a connection's first question are the session that
an answer rests on. Values are kept as JSON has them, all others as an object of their type and a text.
"""

import base64
import importlib
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

# The classes whose objects are asked, per driver.
CURSORS = {
    "psycopg": (("psycopg", "Cursor"), ("psycopg", "ServerCursor")),
    "pymysql": (("pymysql.cursors", "Cursor"), ("pymysql.cursors", "SSCursor")),
}


@dataclass
class Question:
    """A statement, and what came of it."""

    statement: str
    values: list
    # None where nobody fetched any.
    rows: list | None = None
    complete: bool = False

    def as_command(self) -> dict:
        return {"statement": self.statement.split("\n"), "values": self.values}

    def key(self) -> str:
        return json.dumps([self.statement, self.values])


@dataclass
class Session:
    """What was asked over one connection, which is held so that no other takes its place in memory."""

    connection: object
    questions: list[Question] = field(default_factory=list)

    def preface(self) -> list[Question]:
        """The commands before the first question; nothing where none was asked."""
        for count, question in enumerate(self.questions):
            if question.rows is not None:
                return self.questions[:count]
        return []


class Tape:
    """Listens to a driver from now on."""

    def __init__(self, driver: str) -> None:
        self.asked = 0
        self._sessions: list[Session] = []
        self._current: dict[int, Question] = {}
        for module, name in CURSORS[driver]:
            self._listen(getattr(importlib.import_module(module), name))

    def begin(self) -> None:
        """Forgets what was asked so far."""
        self._sessions, self._current = [], {}

    def text(self) -> str:
        """What was asked and answered since, as JSON that a person can read."""
        questions = [question for session in self._sessions for question in session.questions]
        prefaces = {
            json.dumps([told.as_command() for told in session.preface()])
            for session in self._sessions
            if any(question.rows is not None for question in session.questions)
        }
        if len(prefaces) > 1:
            raise ValueError("connections are not set up in the same way each time")
        session = json.loads(prefaces.pop()) if prefaces else []
        commands = {q.key(): q.as_command() for q in questions if q.rows is None}
        others = [command for command in commands.values() if command not in session]
        answers = [q.as_command() | {"rows": q.rows} for q in answered(questions)]
        return written({"session": session, "commands": others, "answers": answers}, "") + "\n"

    def _listen(self, cursor_class: type) -> None:
        own = vars(cursor_class)
        if "execute" in own:
            cursor_class.execute = self._heard_execute(own["execute"])
        if "fetchmany" in own:
            cursor_class.fetchmany = self._heard_fetchmany(own["fetchmany"])

    def _heard_execute(self, execute):
        def heard(cursor, statement, values=None, **options):
            question = Question(statement, [kept(value) for value in values or ()])
            self._session_of(cursor.connection).questions.append(question)
            self._current[id(cursor)] = question
            return execute(cursor, statement, values, **options)

        return heard

    def _heard_fetchmany(self, fetchmany):
        def heard(cursor, size):
            rows = fetchmany(cursor, size)
            question = self._current[id(cursor)]
            if question.rows is None:
                self.asked += 1
                question.rows = []
            question.rows += [[kept(value) for value in row] for row in rows]
            question.complete = len(rows) < size
            return rows

        return heard

    def _session_of(self, connection: object) -> Session:
        for session in self._sessions:
            if session.connection is connection:
                return session
        self._sessions.append(Session(connection))
        return self._sessions[-1]


def answered(questions: list[Question]) -> list[Question]:
    """Each question once, with all of its rows: nobody changed the source, so they are the same each time."""
    found: dict[str, Question] = {}
    for question in questions:
        if not question.complete:
            continue
        known = found.setdefault(question.key(), question)
        if counted(known) != counted(question):
            raise ValueError(f"{question.statement} was answered in two ways although nobody changed the source")
    for question in questions:
        if question.rows is not None and question.key() not in found:
            raise ValueError(f"{question.statement} was never read to its end")
    return list(found.values())


def counted(question: Question) -> Counter:
    return Counter(json.dumps(row) for row in question.rows)


def kept(value: object) -> object:
    """A value as JSON holds it, without loss."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, (datetime, date, time)):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, (Decimal, UUID)):
        return {type(value).__name__: str(value)}
    if isinstance(value, timedelta):
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, (dict, list)) and json.loads(text := json.dumps(value, ensure_ascii=False)) == value:
        return {"json": text}
    raise TypeError(f"a value of type {type(value).__name__} cannot be kept")


BROKEN = ("session", "commands", "answers", "statement", "rows")
# Deeper than anything that is broken into lines.
FLAT = " " * 8


def written(value: object, indent: str) -> str:
    """JSON with a question's lines and rows on lines of their own, which a diff can show."""
    inner = indent + "  "
    if isinstance(value, dict) and len(indent) < 6:
        items = [
            f"{inner}{json.dumps(name)}: {written(item, inner if name in BROKEN else FLAT)}" for name, item in value.items()
        ]
        return "{\n" + ",\n".join(items) + f"\n{indent}" + "}"
    if isinstance(value, list) and value and len(indent) < 8 and (len(value) > 1 or isinstance(value[0], (dict, list))):
        return "[\n" + ",\n".join(inner + written(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)
