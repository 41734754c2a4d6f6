"""Tests of the client against a server on this machine."""

import json
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

from api import MAX_ATTEMPTS, ApiError, Client

CONFIGURATION = {{ c.test_configuration | py }}
QUERY = "query Things { things { id } }"


class Answers(BaseHTTPRequestHandler):
    """Gives the answers that a test has prepared, in their order."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
#% if c.token
        if b'"query"' not in body:
            self.answer(200, {{ c.test_token | py }})
            return
#% endif
        self.server.asked.append(json.loads(body))
        self.answer(*self.server.answers.pop(0))

    def answer(self, status: int, body: dict):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Keep the output of the tests clean."""


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.server = HTTPServer(("127.0.0.1", 0), Answers)
        self.server.answers, self.server.asked = [], []
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        for patcher in (patch("api.log"), patch("api.time.sleep")):
            patcher.start()
            self.addCleanup(patcher.stop)
        proxies = patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
        proxies.start()
        self.addCleanup(proxies.stop)
        address = f"http://127.0.0.1:{self.server.server_port}"
        self.client = Client({**CONFIGURATION, "base_url": address})
        self.addCleanup(self.client.__exit__)

    def ask(self) -> dict:
        return self.client.ask("things", QUERY, {"first": 2})

    def test_a_query_is_sent_with_its_variables(self):
        self.server.answers = [(200, {"data": {"things": []}})]
        self.assertEqual(self.ask(), {"things": []})
        self.assertEqual(self.server.asked, [{"query": QUERY, "variables": {"first": 2}}])

    def test_partial_data_with_errors_is_an_error(self):
        error = {"message": "Not all of it.", "path": ["things", 1]}
        self.server.answers = [(200, {"data": {"things": [{"id": 1}, None]}, "errors": [error]})]
        with self.assertRaisesRegex(ApiError, r"things: .*Not all of it\. \(at things\.1\)"):
            self.ask()
        self.assertEqual(len(self.server.asked), 1)

    def test_being_throttled_passes_by(self):
        error = {"message": "Slow down.", "extensions": {"code": "THROTTLED"}}
        self.server.answers = [
            (200, {"data": None, "errors": [error]}),
            (503, {}),
            (200, {"data": {"things": [1]}}),
        ]
        self.assertEqual(self.ask(), {"things": [1]})

    def test_the_api_is_asked_only_so_often(self):
        self.server.answers = [(500, {})] * MAX_ATTEMPTS
        with self.assertRaisesRegex(ApiError, "status 500"):
            self.ask()
        self.assertEqual(len(self.server.asked), MAX_ATTEMPTS)
#% if c.credential_keys | length

    def test_a_refusal_names_the_key_and_no_secret(self):
        error = {"message": "No {{ c.secret_text }}.", "extensions": {"code": "FORBIDDEN"}}
        for answer in ((403, {"errors": [error]}), (200, {"errors": [error]})):
            self.server.answers, self.server.asked = [answer], []
            with self.assertRaises(ApiError) as caught:
                self.ask()
            self.assertEqual(len(self.server.asked), 1)
            self.assertIn({{ c.credential_keys[0] | py }}, str(caught.exception))
#% if c.secret_text
            self.assertNotIn({{ c.secret_text | py }}, str(caught.exception))
#% endif
#% endif


if __name__ == "__main__":
    unittest.main()
