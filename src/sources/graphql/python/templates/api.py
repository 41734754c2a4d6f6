"""Access to {{ c.title_line }}.

{{ c.api_concerns }} are dealt with here. Data is returned as the API sent it;
which tables there are is left to reading.py.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
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
# Codes of errors that come with status 200 and pass by themselves.
RETRIED_CODES = frozenset(
    {"THROTTLED", "RATE_LIMITED", "RATELIMITED", "TOO_MANY_REQUESTS"}
)
#% if c.credential_keys | length
# Codes that mean that the credentials are at fault.
CREDENTIAL_CODES = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN", "ACCESS_DENIED"})
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


class ApiError(RuntimeError):
#% if c.error_status
    """The API refused a request or could not be read; `status` is None if there was no answer."""

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.status = status
#% else
    """The API refused a request or could not be read."""
#% endif



class Throttled(Exception):
    """The API answers, with a status of success, that it is asked too much at once."""
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

#% include "ask.py"
#% include "token.py"
    def _send(self, send: Callable[[], requests.Response], name: str, read: Callable[[requests.Response], Any]) -> Any:
        """Return what `read` makes of an answer, trying again after failures that may pass.

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
                    return read(response)
                if response.status_code not in RETRIED_STATUSES:
                    raise self._refusal(response, name)
                problem = f"status {response.status_code}"
                asked = retry_after_seconds(response.headers.get("Retry-After"))
                delay = delay if asked is None else asked
            except Throttled as error:
                problem = str(error)
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
def problem_text(error: dict) -> str:
    """Return what one of an answer's errors says: its code, its message, and where it is."""
    code = value_at(error, "extensions.code")
    path = ".".join(str(step) for step in error.get("path") or [])
    return "".join(
        [
            f"{code}: " if code else "",
            str(error.get("message", "no message"))[:EXCERPT_CHARACTERS],
            f" (at {path})" if path else "",
        ]
    )


#% include "waits.py"
def value_at(body: Any, path: str) -> Any:
    """Return what lies at a dotted path, or None."""
    for step in path.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(step)
    return body
