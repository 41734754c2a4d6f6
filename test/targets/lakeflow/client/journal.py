"""Access to a journal: one JSON file with all records, which may fail and be slow as told."""

import json
import logging
from decimal import Decimal
from pathlib import Path
#: body

log = logging.getLogger(__name__)


def validate_configuration(configuration: dict) -> None:
    """Check the configuration before anything is read."""
    if not configuration.get("path"):
        raise ValueError("The configuration's 'path' is missing")


class Client:
    """Reads the journal."""

    def __init__(self, configuration: dict) -> None:
        self.path = Path(configuration["path"])
        self.page = int(configuration.get("page_size", "3"))

    def __enter__(self):
        text = self.path.read_text(encoding="utf-8")
        self.journal = json.loads(text, parse_float=Decimal)
        return self

    def __exit__(self, *error) -> None:
        self.journal = {}

    def pages(self, name: str, part: str = "records"):
        """Yield a table's records in pages."""
        records = self.journal[name].get(part, [])
        for start in range(0, len(records), self.page):
            yield records[start : start + self.page]
