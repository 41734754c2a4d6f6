"""Times as text and as numbers."""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
#: body
#% if c.iso

# ISO 8601 with or without dashes and colons, with or without a time, a fraction and a zone.
ISO_TIMESTAMP = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:(?P<separator>[Tt ])(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?"
    r"(?:[.,](?P<fraction>\d+))? ?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
#% endif
#% if c.epoch

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#% endif
#% if c.iso


def parse_timestamp(value: Any) -> datetime:
    """Read an ISO 8601 timestamp or date; without a zone in the text there is none in the result.

    The standard library does not read all of these before Python 3.11. Fractions are cut to
    microseconds, the finest that the destination keeps.
    """
    match = ISO_TIMESTAMP.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"not an ISO 8601 timestamp: {value!r:.80}")
    year, month, day, hour, minute, second = (
        int(match[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    moment = datetime(year, month, day, hour, minute, second, microsecond)
    return moment.replace(tzinfo=parse_zone(match["zone"])) if match["zone"] else moment


def parse_zone(text: str) -> timezone:
    """Read `Z`, `+02`, `+0200` or `+02:00`."""
    if text in "Zz":
        return timezone.utc
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if text.startswith("-") else offset)
#% endif
#% if c.iso_utc


def parse_utc(value: Any) -> datetime:
    """Read a timestamp; one without a zone is meant in UTC."""
    moment = parse_timestamp(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
#% endif
#% if c.epoch


def parse_epoch(value: Any, units_per_second: int) -> datetime:
    """Read a count of seconds, or of fractions of them, since 1970."""
    try:
        microseconds = int(Decimal(str(value)) * 1_000_000 / units_per_second)
        return EPOCH + timedelta(microseconds=microseconds)
    except ArithmeticError:
        raise ValueError(f"not a time since 1970: {value!r:.80}") from None
#% endif
#% if c.epoch_seconds


def parse_epoch_seconds(value: Any) -> datetime:
    """Read seconds since 1970."""
    return parse_epoch(value, 1)
#% endif
#% if c.epoch_milliseconds


def parse_epoch_milliseconds(value: Any) -> datetime:
    """Read milliseconds since 1970."""
    return parse_epoch(value, 1000)
#% endif
