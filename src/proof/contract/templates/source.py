"""A server on this machine that answers as the recording has it, and in no other way."""

#% if c.base64
import base64
#% endif
import difflib
import json
#% if c.loose
import re
#% endif
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from unittest.mock import patch
from urllib.parse import parse_qsl

# Of the connector; the base address is this server's.
CONFIGURATION = {{ c.configuration | py }}
NOT_RECORDED = 599
# Far more than a sync takes: one that sends the same request over and over has to end here.
MAX_REQUESTS = {{ c.max_requests }}
# What may go wrong with a request and be right when it is sent again.
FAULTS = ("too many requests", "server error", "connection lost", "answer cut short")
#% if c.waits
RETRY_AFTER_SECONDS = 7
#% endif
# What a sync says of a source that stays down.
DOWN = "500"


class Source:
    """The recording of a part; as a context manager it listens until the end.

    With a fault each request of the recording meets it once, when it is sent for the first
    time. With `down_from` the source fails for good from its n-th request on.
    """

    def __init__(self, part: str, fault: str | None = None, down_from: int | None = None):
        recording = Path(__file__).with_name(f"{part}.jsonl").read_text(encoding="utf-8")
        head, *self.exchanges = [json.loads(line) for line in recording.strip("\n").split("\n")]
        self.asked = 0
        self.struck = 0
        # What was asked first that is not in the recording, in words.
        self.refused = ""
        self._fault, self._down_from = fault, down_from
        self._met: list[dict] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.source = self
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.configuration = CONFIGURATION | { {{- c.address | py }}: self.origin + head["base_path"]}
        # A proxy that the environment names would not know this server.
        self._environment = patch.dict("os.environ", {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"})

    def __enter__(self) -> "Source":
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self._environment.start()
        return self

    def __exit__(self, *_: object):
        self._environment.stop()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str{{ ", body: str" if c.bodies }}) -> dict:
        """Return the recorded answer to a request."""
        self.asked += 1
        if self.asked > MAX_REQUESTS:
            return self._refusal(f"{method} {target} is request {self.asked}: there is no end to them")
        for exchange in self.exchanges:
            if self._is(exchange["request"], method, target{{ ", body" if c.bodies }}):
                return exchange["answer"] | {"fault": self._fault_of(exchange)}
#% if c.bodies
        asked = f"{method} {target} {body}".rstrip()
#% else
        asked = f"{method} {target}"
#% endif
        known = [as_text(exchange["request"]) for exchange in self.exchanges]
        nearest = difflib.get_close_matches(asked, known, n=1, cutoff=0)
        return self._refusal(f"{asked} is not in the recording; the nearest is {nearest[0]}")

    def _refusal(self, why: str) -> dict:
        self.refused = self.refused or why
        return {"status": NOT_RECORDED, "headers": {}, "body": why, "fault": None}

    def _fault_of(self, exchange: dict) -> str | None:
        if self._down_from is not None and self.asked >= self._down_from:
            return "server error"
        if self._fault is None or exchange in self._met:
            return None
        self._met.append(exchange)
        self.struck += 1
        return self._fault

    def _is(self, recorded: dict, method: str, target: str{{ ", body: str" if c.bodies }}) -> bool:
        path, _, query = target.partition("?")
        sent = sorted(parse_qsl(query, keep_blank_values=True))
        wanted = sorted((name, value) for name, value in recorded["query"])
#% if c.loose
        return (
            recorded["method"] == method
            and self._fits(recorded["path"], path)
            and [name for name, _ in wanted] == [name for name, _ in sent]
            and all(self._fits(known, value) for (_, known), (_, value) in zip(wanted, sent, strict=True))
#% if c.bodies
            and self._fits(recorded.get("body", ""), body)
#% endif
        )

    def _fits(self, recorded: str, sent: str) -> bool:
        """Tell whether a text is the recorded one, in which `****` stands for a secret."""
        parts = recorded.replace("{{ c.origin }}", self.origin).split("****")
        return re.fullmatch(".*".join(map(re.escape, parts)), sent, re.DOTALL) is not None
#% elif c.bodies
        alike = recorded["method"] == method and recorded["path"] == path and wanted == sent
        return alike and recorded.get("body", "") == body
#% else
        return recorded["method"] == method and recorded["path"] == path and wanted == sent
#% endif


def as_text(request: dict) -> str:
    """Return a recorded request in the way in which it was sent."""
    query = "&".join(f"{name}={value}" for name, value in request["query"])
    target = f"{request['path']}?{query}".rstrip("?")
#% if c.bodies
    return f"{request['method']} {target} {request.get('body', '')}".rstrip()
#% else
    return f"{request['method']} {target}"
#% endif


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for a source."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together: in two pieces each answer would wait for an acknowledgement.
    wbufsize = -1
    timeout = 30

#% for method in c.methods
    def do_{{ method }}(self):
        self._answer()

#% endfor
    def log_message(self, *_: object):
        """Nothing is logged: what was asked in vain is told by the test."""

    def _answer(self):
        source = self.server.source
#% if c.bodies
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        answer = source.answer(self.command, self.path, body)
#% else
        answer = source.answer(self.command, self.path)
#% endif
#% if c.base64
        if "base64" in answer:
            content = base64.b64decode(answer["base64"])
        else:
            content = answer.get("body", "").replace("{{ c.origin }}", source.origin).encode()
#% else
        content = answer.get("body", "").replace("{{ c.origin }}", source.origin).encode()
#% endif
        match answer["fault"]:
            case "too many requests":
#% if c.waits
                self._send(429, {"retry-after": str(RETRY_AFTER_SECONDS)}, b"")
#% else
                self._send(503, {}, b"")
#% endif
            case "server error":
                self._send(500, {}, b"")
            case "connection lost":
                self.close_connection = True
            case "answer cut short":
                self._send(answer["status"], answer["headers"], content, cut=len(content) // 2)
                self.close_connection = True
            case _:
                self._send(answer["status"], answer["headers"], content)

    def _send(self, status: int, headers: dict, content: bytes, cut: int | None = None):
        # Without a date: the time of the test is not the recording's.
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value.replace("{{ c.origin }}", self.server.source.origin))
#% if c.heads
        if self.command == "HEAD":
            self.end_headers()
            return
#% endif
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:cut])
        self.wfile.flush()
