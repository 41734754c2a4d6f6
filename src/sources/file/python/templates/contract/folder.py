"""The files as they were when they were recorded, written anew for each sync."""

import base64
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

PARTS = ("first", "second")


class Source:
    """The files as they were at a part; as a context manager they are there until the end."""

    def __init__(self, part: str):
        self._parts = PARTS[: PARTS.index(part) + 1]
        self._folder = TemporaryDirectory()
        self.configuration = {{ c.configuration }}

    def __enter__(self) -> "Source":
        for part in self._parts:
            kept = Path(__file__).with_name(f"{part}.json").read_text(encoding="utf-8")
            for name, file in json.loads(kept).items():
                self._put(Path(self._folder.name) / name, file)
        return self

    def __exit__(self, *_: object):
        self._folder.cleanup()

    def _put(self, path: Path, file: dict | None):
        """Write a file with the time it had; null stands for one that was removed."""
        if file is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file["text"].encode() if "text" in file else base64.b64decode(file["base64"]))
        modified = int(file["modified_nanoseconds"])
        os.utime(path, ns=(modified, modified))
