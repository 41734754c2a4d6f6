#% if c.convert.utc


#% if c.native
def utc_text(moment: datetime) -> str:
    """Write a moment as the SDK wants a UTC_DATETIME, which takes one without a zone for UTC."""
    if moment.tzinfo is None:
        raise ValueError("a timestamp without a zone")
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
#% else
def utc_text(moment: datetime) -> str:
    """Write a moment as the SDK wants a UTC_DATETIME."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
#% endif
#% endif
#% if c.convert.local


#% if c.native
def local_text(moment: datetime) -> str:
    """Write a wall-clock time. The SDK would move one that has a zone to UTC."""
    if moment.tzinfo is not None:
        raise ValueError("a wall-clock time with a zone")
    return moment.isoformat()
#% else
def local_text(moment: datetime) -> str:
    """Write a wall-clock time, which has no zone."""
    return moment.replace(tzinfo=None).isoformat()
#% endif
#% endif
#% if c.convert.date


#% if c.native
def date_text(day: date) -> str:
    """Write a date. The SDK would cut off a time of day, so one is an error."""
    if isinstance(day, datetime):
        raise ValueError("a date with a time of day")
    return day.isoformat()
#% else
def date_text(moment: datetime) -> str:
    """Write a date. A time of day would be lost, so it is an error."""
    if moment.time().isoformat() != "00:00:00":
        raise ValueError("a date with a time of day")
    return moment.date().isoformat()
#% endif
#% endif
#% if c.convert.decimal


def decimal_text(value: Any, scale: int) -> str:
    """Write a decimal with all its digits; the SDK takes a DECIMAL as text only.

    Digits that the column has no room for would be rounded away, so they are an error.
    """
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    text = format(number, "f")
    if len(text.partition(".")[2].rstrip("0")) > scale:
        raise ValueError(f"more than {scale} digits after the point")
    return text
#% endif
#% if c.convert.bigint


def integer_text(value: Any) -> str:
    """Write an integer of any size."""
    number = int(str(value))
    if abs(number) >= 10**38:
        raise ValueError("more than 38 digits")
    return str(number)
#% endif
#% if c.convert.number


def double(value: Any) -> float:
    """Read a number. By way of its text, so that true and false are not taken for 1 and 0."""
    return float(str(value))
#% endif
#% if c.convert.binary and not c.native


def binary(value: Any) -> bytes:
    """Decode Base64, in which JSON carries bytes."""
    return base64.b64decode(value, validate=True)
#% endif
#% if c.plain_numbers


def plain_numbers(value: Any) -> Any:
    """Return a nested value without decimals, which the SDK's JSON encoding does not know.

    They become floats, or text where a float would not have all their digits.
    """
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else format(value, "f")
    if isinstance(value, dict):
        return {name: plain_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain_numbers(item) for item in value]
    return value
#% elif c.type_names.JSON


def unchanged(value: Any) -> Any:
    """Return a value as it is: the SDK itself encodes JSON columns."""
    return value
#% endif
