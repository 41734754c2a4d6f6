"""Runs a sync as Fivetran does, up to the SDK's operations: what they are given ends here."""

#% if c.binary
import base64
#% endif
import json
from contextlib import ExitStack, suppress
from functools import partial
from unittest.mock import patch

from connector import schema, update
from fivetran_connector_sdk import Operations


class Interrupted(BaseException):
    """The machine went away: nothing that handles errors may catch it."""


class Destination:
    """A connection's tables and state, both as they were at the last checkpoint."""

    def __init__(self):
        self.primary_keys = {table["table"]: table["primary_key"] for table in schema({})}
        self.tables: dict[str, dict] = {table: {} for table in self.primary_keys}
        self.state: dict = {}
        # Those of all checkpoints of the last sync, and how many rows came with it.
        self.states: list[dict] = []
        self.received = 0
        self._last_checkpoint: int | None = None
        self._waiting: list = []

    def sync(self, configuration: dict, last_checkpoint: int | None = None):
        """Go on from the state; after `last_checkpoint` checkpoints the sync is cut off."""
        self.states, self.received = [], 0
        self._waiting, self._last_checkpoint = [], last_checkpoint
        with ExitStack() as stack:
            # Logging is left as it is: other tests look at it.
            for name in ("Logging", "log_to_fivetran"):
                stack.enter_context(patch(f"connector.{name}"))
            for operation in {{ c.operations }}:
                stack.enter_context(patch.object(Operations, operation, getattr(self, operation)))
            with suppress(Interrupted):
                update(configuration, json.loads(json.dumps(self.state)))

    def rows(self, table: str) -> list[dict]:
        """Return the rows of a table."""
        return list(self.tables[table].values())

    def upsert(self, table: str, data: dict):
        """Take a row, which counts from the next checkpoint on."""
#% if c.floats
        # NaN does not equal itself, but its name does.
#% endif
        row = json.loads(json.dumps(data{{ ", default=base64_text" if c.binary }}){{ ", parse_constant=str" if c.floats }})
        self._waiting.append(partial(self.tables[table].__setitem__, self._key(table, row), row))
        self.received += 1
#% if c.deletes

    def delete(self, table: str, keys: dict):
        """Take the key of a row that is gone."""
        self._waiting.append(partial(self.tables[table].pop, self._key(table, keys), None))
#% endif
#% if c.truncates

    def truncate(self, table: str):
        """Take it that all rows so far are gone."""
        self._waiting.append(self.tables[table].clear)
#% endif

    def checkpoint(self, state: dict):
        """Write what came since the last one."""
        for write in self._waiting:
            write()
        self._waiting = []
        self.state = json.loads(json.dumps(state))
        self.states.append(self.state)
        if len(self.states) == self._last_checkpoint:
            raise Interrupted

    def _key(self, table: str, row: dict) -> str:
#% if c.keyless
        """Return what tells a row from others: without a key, all of it."""
        columns = self.primary_keys[table] or sorted(row)
#% else
        columns = self.primary_keys[table]
#% endif
        return json.dumps([row[column] for column in columns])
#% if c.binary


def base64_text(value: bytes) -> str:
    """Return bytes as JSON can hold them."""
    return base64.b64encode(value).decode("ascii")
#% endif
