"""Access to the database: one connection, which can only read."""

import logging
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

#% block driver
#% endblock
#: body
#% block limits
#% endblock

#% include "required-keys.py"
#% if c.defaults | length
DEFAULTS = {
#% for key in c.defaults
    {{ key.key | py }}: {{ key.default | py }},
#% endfor
}
#% endif
#% block engine
#% endblock


class DatabaseError(Exception):
    """The database cannot be read as it is asked to; the message says what to do."""
#% block passing_error
#% endblock


def validate_configuration(configuration: dict) -> None:
    """Check the configuration before the database is asked anything.

#% include "keys-check.py"
#% block checks
#% endblock


#% include "setting.py"


class Client:
    """Reads rows over a connection that is opened when it is needed."""

    def __init__(self, configuration: dict):
        self._configuration = configuration
        self._connection: {{ driver }}.Connection | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self._close()

    def portions(self, table: str, query: str, values: tuple, size: int) -> Iterator[list[tuple]]:
        """Yield the rows of a query, at most `size` at a time.

#% block snapshot
#% endblock
        """
#% block session
#% endblock

    def _close(self) -> None:
        """Let go of the connection; the next query opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()
#% block functions
#% endblock
