"""Tests of the HTTP client against a server on this machine."""

import json
import os
import threading
import unittest
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from api import DEFAULTS, MAX_ATTEMPTS, RETRY_AFTER_CAP_SECONDS, ApiError, Client, read_json, retry_after_seconds, validate_configuration
#% if c.paging_field
from reading import {{ c.table_imports | join(", ") }}
#% endif

CONFIGURATION = {{ c.test_configuration }}
#% if c.token
TOKEN = {{ c.token_body }}
#% endif


class Answers(BaseHTTPRequestHandler):
    """Gives the answers that a test has prepared, in their order."""

    def do_GET(self):
        self.server.asked.append(self.path)
        status, headers, body = self.server.answers.pop(0)
        self.answer(status, headers, body if isinstance(body, str) else json.dumps(body))
#% if c.token

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.logins += 1
        self.answer(200, {}, json.dumps(TOKEN))
#% endif

    def answer(self, status: int, headers: dict, text: str):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Keep the output of the tests clean."""


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.server = HTTPServer(("127.0.0.1", 0), Answers)
        self.server.answers, self.server.asked, self.server.logins = [], [], 0
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.log = self.replace("api.log")
        self.sleep = self.replace("api.time.sleep")
        proxies = patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
        proxies.start()
        self.addCleanup(proxies.stop)
        self.client = Client({**CONFIGURATION, "base_url": self.address})
        self.addCleanup(self.client.__exit__)

    def replace(self, name: str):
        patcher = patch(name)
        self.addCleanup(patcher.stop)
        return patcher.start()

    def get(self):
        return self.client.get(f"{self.address}/things", {}{{ c.read_argument }})

    def queries(self) -> list[dict]:
#% if c.auth == "query"
        queries = [parse_qs(urlsplit(path).query) for path in self.server.asked]
        for query in queries:
            self.assertEqual(len(query.pop({{ c.credential.parameter | py }})), 1)
        return queries
#% else
        return [parse_qs(urlsplit(path).query) for path in self.server.asked]
#% endif

#% for example in c.paging_examples
    def test_listing_{{ example.name }}_is_read_to_its_end(self):
        self.server.answers = [
#% for answer in example.answers
            {{ answer }},
#% endfor
        ]
        pages = list(self.client.pages({{ example.path | py }}, {}, {{ example.arguments }}))
#% if example.style == "none"
#% if example.single
        self.assertEqual(pages, [[{"id": 1}]])
#% else
        self.assertEqual(pages, [[{"id": 1}, {"id": 2}]])
#% endif
#% else
        self.assertEqual(pages, [[{"id": 1}, {"id": 2}], [{"id": 3}]])
#% endif
        self.assertEqual(
            self.queries(),
            [
#% for query in example.asked
                {{ query }},
#% endfor
            ],
        )

#% if example.moving
    def test_listing_{{ example.name }}_passes_over_no_record_that_moves_up(self):
        # Record 1 goes while it is read, so that record 3 stands on the first page by then.
        self.server.answers = [
#% for answer in example.moving
            {{ answer }},
#% endfor
        ]
        pages = list(self.client.pages({{ example.path | py }}, {}, {{ example.arguments }}))
        self.assertEqual(pages, [[{"id": 1}, {"id": 2}], [{"id": 3}], [{"id": 4}]])

#% endif
#% if example.style == "page" or example.style == "offset"
    def test_listing_{{ example.name }}_that_repeats_a_page_is_an_error(self):
        self.server.answers = [{{ example.answers[0] }}] * 2
        with self.assertRaisesRegex(ApiError, "repeats"):
            list(self.client.pages({{ example.path | py }}, {}, {{ example.arguments }}))

#% endif
#% if example.style == "cursor" or example.style == "next_url" or example.style == "link_header"
    def test_listing_{{ example.name }}_that_goes_in_circles_is_an_error(self):
        self.server.answers = [{{ example.answers[0] }}] * 3
        with self.assertRaisesRegex(ApiError, "came before"):
            list(self.client.pages({{ example.path | py }}, {}, {{ example.arguments }}))

#% endif
#% if example.style == "next_url" or example.style == "link_header"
    def test_listing_{{ example.name }}_does_not_leave_its_host(self):
        here, self.address = self.address, "http://elsewhere.example"
        self.server.answers = [{{ example.answers[0] }}]
        self.client.base_url = here
        with self.assertRaisesRegex(ApiError, "another host"):
            list(self.client.pages({{ example.path | py }}, {}, {{ example.arguments }}))
        self.assertEqual(len(self.server.asked), 1)

    def test_listing_{{ example.name }}_stays_on_the_way_that_is_configured(self):
        # The API's answers name its public address, also to those who come by a proxy.
        self.address = DEFAULTS["base_url"]
        self.server.answers = [
#% for answer in example.answers
            {{ answer }},
#% endfor
        ]
        pages = list(self.client.pages({{ example.path | py }}, {}, {{ example.arguments }}))
        self.assertEqual(len(pages), 2)
        self.assertEqual(len(self.server.asked), {{ example.asked | length }})

#% endif
#% endfor
    def test_failures_that_may_pass_are_tried_again(self):
        self.server.answers = [(503, {}, ""), (200, {}, '{"cut": '), (200, {}, {"whole": True})]
        self.assertEqual(self.get(), {"whole": True})
        self.assertEqual(self.sleep.call_count, 2)

    def test_the_api_is_asked_only_so_often(self):
        self.server.answers = [(500, {}, "")] * MAX_ATTEMPTS
        with self.assertRaisesRegex(ApiError, "status 500"):
            self.get()
        self.assertEqual(len(self.server.asked), MAX_ATTEMPTS)

    def test_the_wait_is_what_the_api_asks_for(self):
        self.server.answers = [(429, {"Retry-After": "7"}, ""), (200, {}, [])]
        self.get()
        self.sleep.assert_called_once_with(7)

    def test_retry_after_may_be_a_date_and_is_capped(self):
        now = datetime.now(timezone.utc)
        soon = format_datetime(now + timedelta(seconds=60), usegmt=True)
        self.assertAlmostEqual(retry_after_seconds(soon), 60, delta=5)
        self.assertEqual(retry_after_seconds("86400"), RETRY_AFTER_CAP_SECONDS)
        self.assertIsNone(retry_after_seconds("soon"))

    def test_a_refusal_is_not_tried_again(self):
        self.server.answers = [(403, {}, "no access for {{ c.secret_text }}")]
        with self.assertRaises(ApiError) as caught:
            self.get()
        self.assertEqual(len(self.server.asked), 1)
        self.assertIn("/things", str(caught.exception))
        self.assertIn("403", str(caught.exception))
#% if c.credential_keys | length
        self.assertIn({{ c.credential_keys[0] | py }}, str(caught.exception))
#% endif
#% if c.secret_text
        self.assertNotIn({{ c.secret_text | py }}, str(caught.exception))
#% endif

    def test_a_redirect_is_not_followed(self):
        self.server.answers = [(302, {"Location": f"{self.address}/other"}, "")]
        with self.assertRaisesRegex(ApiError, "base_url"):
            self.get()
        self.assertEqual(len(self.server.asked), 1)

    def test_an_answer_without_records_is_an_error(self):
        self.server.answers = [(200, {}, {"error": "try later"})]
        with self.assertRaisesRegex(ApiError, "no list of records"):
            list(self.client.pages("/things", {}, "no.such.list"{{ c.first_paging }}))
#% if c.token

    def test_a_refused_token_is_fetched_anew(self):
        self.server.answers = [(200, {}, []), (401, {}, ""), (200, {}, [])]
        self.get()
        self.get()
        self.assertEqual(self.server.logins, 2)

    def test_a_token_that_stays_refused_is_an_error(self):
        self.server.answers = [(401, {}, "")] * 2
        with self.assertRaisesRegex(ApiError, {{ c.credential_keys[0] | py }}):
            self.get()
        self.assertEqual(len(self.server.asked), 2)
#% endif


class ConfigurationTest(unittest.TestCase):
    def test_a_complete_configuration_passes(self):
        validate_configuration(CONFIGURATION)
        validate_configuration({**CONFIGURATION, "base_url": "http://127.0.0.1:8080/api"})
#% if c.required_key

    def test_each_key_is_needed(self):
        for key in CONFIGURATION:
            for wrong in ("", "  ", "<PLACEHOLDER>", "two\nlines", None):
                with self.subTest(key=key, wrong=wrong), self.assertRaisesRegex(ValueError, key):
                    validate_configuration({**CONFIGURATION, key: wrong})
#% endif

    def test_the_address_has_to_be_one(self):
        for wrong in ("ftp://example.com", "example.com", "http://", "https://exa mple.com"):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(ValueError, "base_url"):
                validate_configuration({**CONFIGURATION, "base_url": wrong})


if __name__ == "__main__":
    unittest.main()
