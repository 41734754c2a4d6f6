"""Which version of each row is there: the platform keeps the one that is higher, whenever it comes.

Kept in a file beside the warehouse, as it has to outlast a sync, and memory does not grow with the tables.
"""

import hashlib
import json
import sqlite3
from decimal import Decimal, InvalidOperation

# One for all: making one takes as long as using it.
ENCODER = json.JSONEncoder(default=str)
NEWER, SAME, AMBIGUOUS, OLDER = "newer", "same", "ambiguous", "older"


class Versions:
    """The highest version seen of each row, across syncs, and the keys seen in one reading of a table."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.execute(
            "CREATE TABLE IF NOT EXISTS versions (place TEXT, row BLOB, sequence TEXT, digest BLOB, "
            "PRIMARY KEY (place, row)) WITHOUT ROWID"
        )
        self.database.execute("PRAGMA temp_store = FILE")
        self.database.execute("CREATE TEMP TABLE seen (row BLOB PRIMARY KEY) WITHOUT ROWID")
        self.database.execute("BEGIN")

    def forget(self, table: str) -> None:
        """A table that is read from its beginning has no versions of before."""
        self.database.execute("DELETE FROM versions WHERE place = ?", (table,))

    def save(self) -> None:
        """Makes what was taken last permanent."""
        self.database.execute("COMMIT")
        self.database.execute("BEGIN")

    def take(self, table: str, key: list, sequence, content) -> str:
        """How a version of a row stands to the one that is there; takes it unless it is older."""
        row, digest = digest_of(key), digest_of(content)
        known = self.database.execute(
            "SELECT sequence, digest FROM versions WHERE place = ? AND row = ?", (table, row)
        ).fetchone()
        standing = NEWER
        if known is not None:
            before, now = comparable(known[0]), comparable(json.dumps(sequence))
            if now < before:
                return OLDER
            if now == before:
                standing = SAME if known[1] == digest else AMBIGUOUS
        self.database.execute(
            "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", (table, row, json.dumps(sequence), digest)
        )
        return standing

    def begin_snapshot(self) -> None:
        """Forgets the keys of the table before."""
        self.database.execute("DELETE FROM seen")

    def is_new_in_snapshot(self, key: list) -> bool:
        """Whether a key comes for the first time in this reading of the table."""
        done = self.database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest_of(key),))
        return done.rowcount == 1


def digest_of(value) -> bytes:
    """Sixteen bytes that stand for a value."""
    return hashlib.blake2b(ENCODER.encode(value).encode(), digest_size=16).digest()


def comparable(text: str):
    """A sequence as it was saved: numbers are whole, times count microseconds; other text compares as text."""
    value = json.loads(text)
    try:
        return (0, Decimal(str(value)))
    except InvalidOperation:
        return (1, value)
