"""The tables: which files hold them, and how the bytes of a file become records.

Every record has, besides its own fields{{ c.captured_doc }},
the file's name in `_file`, its number in the file in `_line` (from 1), and the file's time in
`_modified`.
"""

import base64
import csv
import gzip
import io
import json
import logging
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any, BinaryIO

#% if c.formats.parquet
import pyarrow
import pyarrow.parquet
#% endif
from files import YEAR_1970, Client, FileError, GoneError, StoredFile
#: body

log = logging.getLogger(__name__)

PAGE_RECORDS = 1000
#% if c.any_adding
# What was read is saved after so many records, and not with every small file.
SAVE_AFTER_RECORDS = 10_000
#% endif
#% if c.formats.csv
# A field can be as large as a file: the standard library would stop at 128 KiB.
MAX_FIELD_BYTES = 2**31 - 1
#% endif
#% if c.values.integer
MAX_INTEGER = 2**63 - 1
#% endif
#% if c.values.integer or c.values.bigint
# Without leading zeros or a plus: those would be lost.
INTEGER = re.compile(r"0|-?[1-9]\d*", re.ASCII)
#% endif
#% if c.values.number
NUMBER = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# So many digits always fit a 64-bit float.
SAFE_DIGITS = 15
#% endif
#% if c.values.decimal
DECIMAL = re.compile(r"-?(?P<whole>0|[1-9]\d*)(\.(?P<fraction>\d+))?", re.ASCII)
#% endif
#% if c.values.date
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#% endif
#% if c.values.timestamp or c.values.local_timestamp
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?"
#% endif
#% if c.values.timestamp
TIMESTAMP = re.compile(MOMENT + r" ?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)
#% endif
#% if c.values.local_timestamp
LOCAL_TIMESTAMP = re.compile(MOMENT, re.ASCII)
#% endif
# What a file can be wrong with.
BAD_FILE = (
    {{ c.bad_file | join(", ") }}
)

#% if c.values.any
#% include "values.py"
#% endif
#% include "formats.py"


@dataclass(frozen=True)
class Table:
    """A table, and the files that hold its records."""

    name: str
    primary_key: tuple[str, ...]
    # What the names of all its files begin with, and how many folders may lie below that.
    prefix: str
    levels: int{{ " | None" if c.any_deep else "" }}
    pattern: re.Pattern[str]
    content: {{ c.content_hint }}
#% if c.any_gzip and not c.all_gzip
    gzipped: bool = False
#% endif
#% if c.any_by_name and not c.all_by_name
    # Whether files are never changed, so that a name tells all.
    by_name: bool = False
#% endif
#% if c.any_replayed and not c.all_replayed
    # Whether later files may hold newer versions of records in earlier ones.
    replayed: bool = False
#% endif
#% if c.any_following and not c.all_following
    # Whether records of files that are gone or got shorter are deleted.
    shrinking: bool = False
#% endif

#% for table in c.tables

#% for line in table.comment
# {{ line }}
#% endfor
{{ table.constant }} = {{ table.value }}
#% endfor

TABLES = {{ c.table_constants }}


def read_whole(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield the records of all files of a table, in pages.

    Files come in the order of {{ c.order_words }}, so that of several versions of a record
    the latest comes last.
    """
    files = files_of(client, table)
    gone = 0
    for file in files:
        try:
            yield from read_file(client, table, file)
        except GoneError as error:
            # As if it had gone before it was listed.
            log.warning(f"{error}; it is left out")
            gone += 1
    if gone == len(files):
        raise no_file(table)
#% if c.changes


#% include "reading/changes.py"
#% endif


def files_of(client: Client, table: Table) -> list[StoredFile]:
    """Return the files of a table, in the order in which they are read."""
    try:
        found = client.list_files(table.prefix, table.levels)
    except FileError as error:
        raise FileError(f"{table.name}: {error}") from error
    files = [file for file in found if table.pattern.fullmatch(file.name)]
#% if c.any_by_name
#% if c.all_by_name
    return sorted((StoredFile(file.name, file.modified, "read") for file in files), key=lambda file: file.name)
#% else
    if table.by_name:
        files = [StoredFile(file.name, file.modified, "read") for file in files]
        return sorted(files, key=lambda file: file.name)
    return sorted(files, key=lambda file: {{ c.order_key }})
#% endif
#% else
    return sorted(files, key=lambda file: {{ c.order_key }})
#% endif


def no_file(table: Table) -> FileError:
    """Make the error for a table of which nothing is there."""
    return FileError(
        f"{table.name}: no file is named like {table.pattern.pattern} below the location; check "
        "the configuration's {{ c.place_keys }}, and whether files "
        "have not arrived yet or were taken away. Records that were synced before stay as they are."
    )


def read_file(client: Client, table: Table, file: StoredFile) -> Iterator[list[dict]]:
    """Yield the records of one file, in pages."""
    shared = table.pattern.fullmatch(file.name).groupdict() | {
        "_file": file.name,
        "_modified": {{ c.modified_text }},
    }
    line = 0
    page = []
    try:
        with client.copy(file) as stream:
            for line, record in enumerate(records_in(table, stream, file.name), start=1):
#% if c.own_names
                if not record.keys().isdisjoint(shared):
                    raise ValueError(f"it has fields of its own named {[*record.keys() & shared.keys()]}")
#% endif
                record.update(shared, _line=line)
                page.append(record)
                if len(page) == PAGE_RECORDS:
                    yield page
                    page = []
    except FileError as error:
        raise type(error)(f"{table.name}: {error}") from error
    except BAD_FILE as error:
        raise FileError(f"{table.name}: {file.name}, record {line + 1}: {error}") from error
    if page:
        yield page


def records_in(table: Table, stream: BinaryIO, name: str) -> Iterator[dict]:
    """Return the records of a file's bytes."""
#% if c.any_gzip
#% if c.all_gzip
    return table.content.records(gzip.GzipFile(fileobj=stream), name)
#% else
    data = gzip.GzipFile(fileobj=stream) if table.gzipped else stream
    return table.content.records(data, name)
#% endif
#% else
    return table.content.records(stream, name)
#% endif
