"""Access to {{ c.title_line }}.

{{ c.api_concerns }} are dealt with here. Data is returned as the API sent it;
which tables there are is left to reading.py.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timezone
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

# Keys that have to be filled in, and what they are.
REQUIRED_KEYS = {
#% for key in c.required
    {{ key.key | py }}: {{ key.description | py }},
#% endfor
}
#% endif

# Seconds to connect, and seconds of silence to bear while an answer is read.
TIMEOUT_SECONDS = (10, 60)
MAX_ATTEMPTS = 5
BACKOFF_BASE_SECONDS = 1
BACKOFF_CAP_SECONDS = 60
RETRY_AFTER_CAP_SECONDS = 300
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
# The last two are answers that broke off: what arrived cannot be unpacked or is not whole JSON.
RETRIED_ERRORS = (
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.JSONDecodeError,
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
#% if c.auth == "header"

class HeaderCredential(AuthBase):
    """Sends a credential in a header.

    A plain session header would not do: requests lets a .netrc file override it.
    """

    def __init__(self, header: str, value: str):
        self.header = header
        self.value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self.header] = self.value
        return request

#% endif
#% if c.auth == "query"

class QueryCredential(AuthBase):
    """Sends a credential as a query parameter, unless the address has it already."""

    def __init__(self, parameter: str, value: str):
        self.parameter = parameter
        self.value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.parameter not in parse_qs(urlsplit(request.url).query, keep_blank_values=True):
            request.prepare_url(request.url, {self.parameter: self.value})
        return request

#% endif

class Client:
    """A session with the API. As a context manager it closes its connections at the end."""

    def __init__(self, configuration: dict):
        self.base_url = setting(configuration, "base_url").rstrip("/")
        self._session = requests.Session()
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
                if 200 <= response.status_code < 300:
                    return read(response)
                if response.status_code not in RETRIED_STATUSES:
                    raise self._refusal(response, name)
                problem = f"status {response.status_code}"
                asked = retry_after_seconds(response.headers.get("Retry-After"))
                delay = delay if asked is None else asked
            except Throttled as error:
                problem = str(error)
            except RETRIED_ERRORS as error:
                # Only its kind is named: its text can hold the whole address.
                problem = type(error).__name__
            if attempt < MAX_ATTEMPTS:
                log.warning(f"{name}: {problem}, trying again in {delay:.1f} s")
                time.sleep(delay)
        raise ApiError(f"{name}: {problem}, also after {MAX_ATTEMPTS} attempts")

    def _refusal(self, response: requests.Response, name: str) -> ApiError:
        """Make the error for an answer that trying again would not change."""
        status = response.status_code
        message = f"{name}: the API answered with status {status}"
#% if c.credential_keys | length
        if status in (401, 403):
            message += f"; check the configuration's {CREDENTIAL_KEYS}"
#% endif
        if 300 <= status < 400:
            # Following it could take the request, and what it carries, to another host.
            message += "; redirects are not followed, check the configuration's base_url"
        text = " ".join(response.text.split())
#% if c.secrets
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "***")
#% endif
        if text:
            message += f"; it says: {text[:EXCERPT_CHARACTERS]}"
#% if c.error_status
        return ApiError(message, status)
#% else
        return ApiError(message)
#% endif
#% if c.rate_limit

    def _pace(self):
        """Wait until one more request keeps to the API's rate limit."""
        if len(self._sent) == RATE_LIMIT_REQUESTS:
            wait = self._sent[0] + RATE_LIMIT_SECONDS - time.monotonic()
            if wait > 0:
                time.sleep(wait)
        self._sent.append(time.monotonic())
#% endif


def setting(configuration: dict, key: str) -> str:
    """Return a configuration value, or its default where it is missing or blank."""
    return str(configuration.get(key) or "").strip() or DEFAULTS.get(key, "")


def validate_configuration(configuration: dict):
    """Check the configuration before anything is asked of the API.

#% if c.secrets
    Raises ValueError naming the key that is wrong. Values are never shown: they may be secret.
#% else
    Raises ValueError naming the key that is wrong.
#% endif
    """
#% if c.required | length
    for key, meaning in REQUIRED_KEYS.items():
        value = configuration.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"The configuration's '{key}' is missing or blank: {meaning}")
        value = value.strip()
        if value.startswith("<") and value.endswith(">"):
            raise ValueError(f"The configuration's '{key}' is still its placeholder: {meaning}")
#% if c.ascii_credentials
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"The configuration's '{key}' has characters that a header cannot hold")
#% else
        if not value.isprintable():
            raise ValueError(f"The configuration's '{key}' has characters that are no text")
#% endif
#% endif
    if not is_web_address(setting(configuration, "base_url")):
        raise ValueError("The configuration's 'base_url' is not an http or https address")


def is_web_address(text: str) -> bool:
    """Tell whether a text is an absolute http or https address without a query."""
    try:
        address = urlsplit(text)
        # Reading the port checks it.
        _ = address.port
    except ValueError:
        return False
    if not text.isprintable() or " " in text or address.query or address.fragment:
        return False
    return address.scheme in ("http", "https") and bool(address.hostname)


def read_json(response: requests.Response) -> Any:
#% if c.decimals
    """Decode a body, with fractions as exact decimals: a float would round them."""
    return response.json(parse_float=Decimal)
#% else
    """Decode a body."""
    return response.json()
#% endif


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


def backoff_seconds(attempt: int) -> float:
    """Return the wait after a failed attempt: doubled each time, and never quite the same."""
    ceiling = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2 ** (attempt - 1))
    return ceiling * random.uniform(0.5, 1)


def retry_after_seconds(header: str | None) -> float | None:
    """Return the wait that a Retry-After header asks for, be it seconds or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return min(int(header), RETRY_AFTER_CAP_SECONDS)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return min(max(seconds, 0), RETRY_AFTER_CAP_SECONDS)


def value_at(body: Any, path: str) -> Any:
    """Return what lies at a dotted path, or None."""
    for step in path.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(step)
    return body
