"""The database as it was when it was recorded, made anew for each sync."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

PARTS = ("first", "second")


class Source:
    """The database as it was at a part; as a context manager it is there until the end."""

    def __init__(self, part: str):
        self._scripts = PARTS[: PARTS.index(part) + 1]
        self._folder = TemporaryDirectory()
        path = Path(self._folder.name) / "source.db"
        self.configuration = {{ c.configuration }}

    def __enter__(self) -> "Source":
        with closing(sqlite3.connect(self.configuration["path"])) as database:
            for name in self._scripts:
                script = Path(__file__).with_name(f"{name}.sql")
                # As bytes: reading text would change line ends within values.
                database.executescript(script.read_bytes().decode())
        return self

    def __exit__(self, *_: object):
        self._folder.cleanup()
