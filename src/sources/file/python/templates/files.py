"""Access to the files of {{ c.title_line }}.

Listing them and copying them are dealt with here; making records of a file is left to
reading.py.
"""

import html.parser
import json
import logging
import os
import random
import shutil
import stat
import tempfile
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from io import StringIO
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote, unquote, urljoin, urlsplit

#% if c.store == "s3"
import boto3
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
#% endif
#% if c.store == "sftp"
import paramiko
#% endif
#% if c.store == "http"
import requests
#% endif
#: body

log = logging.getLogger(__name__)

#% if c.defaults | length
# Used where the configuration leaves a key out or blank.
DEFAULTS = {{ c.defaults | py }}
#% endif
#% if c.required | length
#% include "required-keys.py"
#% endif
#% if c.credential_keys
# What to look at when the server refuses to answer.
CREDENTIAL_KEYS = {{ c.credential_keys | py }}
#% endif
#% if c.store != "local"

# Seconds to connect, and seconds of silence to bear.
CONNECT_SECONDS = 10
SILENCE_SECONDS = 60
MAX_ATTEMPTS = 5
BACKOFF_BASE_SECONDS = 1
BACKOFF_CAP_SECONDS = 60
#% endif
#% if c.store != "s3"
# How often a file is copied that changes while it is copied.
COPY_ATTEMPTS = 3
#% endif
CHUNK_BYTES = 1024 * 1024
YEAR_1970 = datetime(1970, 1, 1, tzinfo=timezone.utc)
#% if c.store == "http"
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
TRANSIENT_ERRORS = (
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
#% endif
#% if c.store == "sftp"
TRANSIENT_ERRORS = (EOFError, TimeoutError, ConnectionError, paramiko.SSHException)
#% endif
#% if c.store == "s3"
REFUSALS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "401", "403"})
#% endif
#% if c.store != "local"

Result = TypeVar("Result")
#% endif


class FileError(RuntimeError):
    """A file or a folder could not be read."""


class GoneError(FileError):
    """A file is not there any more."""

#% if c.store != "s3"

class ChangedError(FileError):
    """A file changed while it was copied."""

#% endif

@dataclass(frozen=True)
class StoredFile:
    """A file as the store lists it."""

    # Relative to the location, folders parted by slashes.
    name: str
#% if c.store == "http"
    # None where the server does not say.
    modified: datetime | None
    # Differs when the file does; empty where the server does not say enough to tell.
    version: str
#% else
    modified: datetime
    # Differs when the file does.
    version: str
#% endif

#% include c.store_template


def validate_configuration(configuration: dict) -> None:
    """Check the configuration before anything is asked for.

#% include "keys-check.py"
#% if c.store == "local"
    if "\0" in setting(configuration, "path"):
        raise ValueError("The configuration's 'path' is not the path of a folder")
#% elif c.store == "s3"
    endpoint = setting(configuration, "endpoint_url")
    if endpoint and not is_web_address(endpoint):
        raise ValueError("The configuration's 'endpoint_url' is not an http or https address")
#% elif c.store == "sftp"
    port = setting(configuration, "port")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("The configuration's 'port' is not the number of a port")
    host_key(configuration)
#% if c.credentials == "private_key"
    private_key(configuration)
#% endif
#% else
    if not is_web_address(setting(configuration, "base_url")):
        raise ValueError("The configuration's 'base_url' is not an http or https address")
#% endif


#% include "setting.py"
#% if c.store == "s3" or c.store == "http"


#% include "web-address.py"
#% endif
#% if c.store != "local"


#% include "backoff.py"
#% endif
