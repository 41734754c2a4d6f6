"""The line to the harness, descriptor 3: a request comes in, events go out as JSON lines. When it closes, the harness
is gone, and so is this process with all it started."""

import json
import os
import signal
import socket
import threading
import traceback

MAX_TEXT = 4000
MAX_TRACE_LINES = 60


class Harness:
    """Tells the harness what happens."""

    def __init__(self) -> None:
        self._socket = socket.socket(fileno=3)
        self._lock = threading.Lock()
        self._incoming = self._socket.makefile("r", encoding="utf-8")

    def request(self) -> dict:
        """What is to be done. From then on this process ends with the harness."""
        request = json.loads(self._incoming.readline())
        threading.Thread(target=self._end_with_harness, daemon=True).start()
        return request

    def emit(self, event: str, **fields) -> None:
        """Sends one event; waits while the harness is busy."""
        data = (json.dumps({"event": event, **fields}) + "\n").encode()
        with self._lock:
            self._socket.sendall(data)

    def fail(self, where: str, error: BaseException) -> None:
        """Tells why the sync ends."""
        lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
        self.emit(
            "exception",
            where=where,
            type=type(error).__name__,
            message=str(error)[:MAX_TEXT],
            trace=[line[:MAX_TEXT] for line in lines[-MAX_TRACE_LINES:]],
        )

    def _end_with_harness(self) -> None:
        try:
            while self._incoming.readline():
                pass
        except OSError:
            # It had not read all it was told.
            pass
        os.killpg(0, signal.SIGKILL)
