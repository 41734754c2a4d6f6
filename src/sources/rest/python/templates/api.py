"""Access to {{ c.title_line }}.

{{ c.api_concerns }} are dealt with here. Answers are returned as
the API sent them; which tables there are is left to reading.py.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit, urlunsplit

import requests
from requests.auth import AuthBase
#: body

log = logging.getLogger(__name__)

# Used where the configuration leaves a key out or blank.
DEFAULTS = {{ c.defaults | py }}
#% if c.headers
HEADERS = {{ c.headers | py }}
#% endif
#% if c.credential_keys | length
# What to look at when the API refuses a request.
CREDENTIAL_KEYS = {{ c.credential_keys | join(", ") | py }}
#% endif
#% if c.required | length

#% include "required-keys.py"
#% endif

# Seconds to connect, and seconds of silence to bear while an answer is read.
TIMEOUT_SECONDS = (10, 60)
MAX_ATTEMPTS = 5
BACKOFF_BASE_SECONDS = 1
BACKOFF_CAP_SECONDS = 60
RETRY_AFTER_CAP_SECONDS = 300
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
# The last is an answer that broke off: what arrived cannot be unpacked.
RETRIED_ERRORS = (
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
EXCERPT_CHARACTERS = 200
#% if c.pages_progress
PAGES_PER_PROGRESS_LINE = 100
#% endif
#% if c.styles.page and c.page.has_more
# An API may have nothing to show on a page and more to come; so many such pages are a mistake.
MAX_EMPTY_PAGES = 20
#% endif
#% if c.rate_limit
# The API allows this many requests within so many seconds.
RATE_LIMIT_REQUESTS = {{ c.rate_limit.requests }}
RATE_LIMIT_SECONDS = {{ c.rate_limit.per_seconds }}
#% endif
#% if c.auth == "oauth"
#% if c.oauth.scopes
SCOPES = {{ c.oauth.scopes | py }}
#% endif
# Assumed where the token's answer does not say how long it lives.
DEFAULT_TOKEN_SECONDS = 300
# A token is renewed after this share of its life, so that it does not expire on the way.
TOKEN_LIFE_SHARE = 0.9
#% endif
MISSING = object()


class ApiError(RuntimeError):
#% if c.error_status
    """The API refused a request or could not be read; `status` is None if there was no answer."""

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.status = status
#% else
    """The API refused a request or could not be read."""
#% endif

#% include "paging-settings.py"

#% include "credentials.py"

class Client:
    """A session with the API. As a context manager it closes its connections at the end."""

    def __init__(self, configuration: dict):
        self.base_url = setting(configuration, "base_url").rstrip("/")
        self._session = requests.Session()
#% if c.cursor_capped
        # How far the API's clock is ahead of ours.
        self.clock_ahead = timedelta(0)
#% endif
#% if c.headers
        self._session.headers.update(HEADERS)
#% endif
#% include "auth-setup.py"
#% if c.rate_limit
        self._sent: deque[float] = deque(maxlen=RATE_LIMIT_REQUESTS)
#% endif

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object):
        self._session.close()

#% include "pages.py"
#% include "get.py"
#% include "token.py"
    def _send(self, send: Callable[[], requests.Response], name: str{{ c.read_parameter }}) -> Any:
        """Return the JSON of an answer, trying again after failures that may pass by themselves.

#% if c.auth == "query"
        `name` stands for the request in messages: its address would show the credential.
#% else
        `name` stands for the request in messages.
#% endif
        """
        problem = ""
        for attempt in range(1, MAX_ATTEMPTS + 1):
#% if c.rate_limit
            self._pace()
#% endif
            delay = backoff_seconds(attempt)
            try:
                response = send()
#% if c.cursor_capped
                self._note_time(response)
#% endif
                if 200 <= response.status_code < 300:
#% if c.links
                    return read(response)
#% else
                    return read_json(response)
#% endif
                if response.status_code not in RETRIED_STATUSES:
                    raise self._refusal(response, name)
                problem = f"status {response.status_code}"
                asked = retry_after_seconds(response.headers.get("Retry-After"))
                delay = delay if asked is None else asked
            except requests.exceptions.JSONDecodeError:
                problem = "the answer is not JSON, or breaks off"
            except RETRIED_ERRORS as error:
                # Only its kind is named: its text can hold the whole address.
                problem = type(error).__name__
            if attempt < MAX_ATTEMPTS:
                log.warning(f"{name}: {problem}, trying again in {delay:.1f} s")
                time.sleep(delay)
        raise ApiError(f"{name}: {problem}, also after {MAX_ATTEMPTS} attempts")

#% include "clock.py"
#% include "answers.py"
#% if c.links
def read_json_and_links(response: requests.Response) -> tuple[Any, dict]:
    """Decode a body, and the addresses of the Link header by their relation."""
    return read_json(response), response.links


#% endif
#% include "waits.py"
def value_at(body: Any, path: str, default: Any = None) -> Any:
    """Return what lies at a dotted path. A name that has dots of its own is found as well."""
    if not path:
        return body
    if not isinstance(body, dict):
        return default
    if path in body:
        return body[path]
    head, _, rest = path.partition(".")
    return value_at(body[head], rest, default) if rest and head in body else default


#% if c.steady
def identity(record: dict, key: tuple[str, ...]) -> Any:
#% if c.any_keyless
    """Return what tells a record from the others of its listing: its key, or all of it."""
    return tuple(record.get(column) for column in key) if key else str(record)
#% else
    """Return what tells a record from the others of its listing."""
    return tuple(record.get(column) for column in key)
#% endif


#% endif
def records_at(body: Any, path: str, name: str) -> list[dict]:
    """Return the records of an answer. One that has no list of them is an error, not an end."""
    found = value_at(body, path, MISSING)
    if found is None:
        return []
#% if c.any_single
    if isinstance(found, dict):
        return [found]
#% endif
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        where = f"at '{path}'" if path else "at its top level"
        raise ApiError(f"{name}: the answer has no list of records {where}")
    return found
