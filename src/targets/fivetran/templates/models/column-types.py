#% if c.convert.utc


def utc_text(moment: datetime) -> str:
    """Write a moment as the SDK wants a UTC_DATETIME."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
#% endif
#% if c.convert.local


def local_text(moment: datetime) -> str:
    """Write a wall-clock time, which has no zone."""
    return moment.replace(tzinfo=None).isoformat()
#% endif
#% if c.convert.date


def date_text(moment: datetime) -> str:
    """Write a date. A time of day would be lost, so it is an error."""
    if moment.time().isoformat() != "00:00:00":
        raise ValueError("a date with a time of day")
    return moment.date().isoformat()
#% endif
#% if c.convert.decimal


def decimal_text(value: Any) -> str:
    """Write a decimal with all its digits; the SDK takes a DECIMAL as text only."""
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    return format(number, "f")
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
#% if c.convert.binary


def binary(value: Any) -> bytes:
    """Decode Base64, in which JSON carries bytes."""
    return base64.b64decode(value, validate=True)
#% endif
#% if c.decimals


def plain_numbers(value: Any) -> Any:
    """Return a nested value with floats for decimals, which JSON encoding does not know."""
    if isinstance(value, Decimal):
        return float(value)
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
#% if c.any_types


@dataclass(frozen=True)
class ColumnType:
    """A type that is declared to the destination, and how a value of the API becomes one."""

    declared: str | dict
    convert: Callable[[Any], Any]


#% endif
#% if c.convert.decimal
def decimal(precision: int, scale: int) -> ColumnType:
    """Return the type of exact decimals."""
    declared = {"type": "DECIMAL", "precision": precision, "scale": scale}
    return ColumnType(declared, decimal_text)


#% endif
#% if c.type_names.DOUBLE
# Declared, because a float of an undeclared column is sent in 32 bits.
DOUBLE = ColumnType("DOUBLE", double)
#% endif
#% if c.type_names.BIG_INTEGER
# May exceed 64 bits. A decimal, not text, so that it still sorts and joins as a number.
BIG_INTEGER = ColumnType({"type": "DECIMAL", "precision": 38, "scale": 0}, integer_text)
#% endif
#% if c.type_names.UTC_DATETIME
UTC_DATETIME = ColumnType("UTC_DATETIME", lambda value: utc_text(parse_utc(value)))
#% endif
#% if c.type_names.UTC_FROM_SECONDS
UTC_FROM_SECONDS = ColumnType(
    "UTC_DATETIME", lambda value: utc_text(parse_epoch_seconds(value))
)
#% endif
#% if c.type_names.UTC_FROM_MILLISECONDS
UTC_FROM_MILLISECONDS = ColumnType(
    "UTC_DATETIME", lambda value: utc_text(parse_epoch_milliseconds(value))
)
#% endif
#% if c.type_names.NAIVE_DATETIME
NAIVE_DATETIME = ColumnType("NAIVE_DATETIME", lambda value: local_text(parse_timestamp(value)))
#% endif
#% if c.type_names.NAIVE_FROM_SECONDS
NAIVE_FROM_SECONDS = ColumnType(
    "NAIVE_DATETIME", lambda value: local_text(parse_epoch_seconds(value))
)
#% endif
#% if c.type_names.NAIVE_FROM_MILLISECONDS
NAIVE_FROM_MILLISECONDS = ColumnType(
    "NAIVE_DATETIME", lambda value: local_text(parse_epoch_milliseconds(value))
)
#% endif
#% if c.type_names.NAIVE_DATE
NAIVE_DATE = ColumnType("NAIVE_DATE", lambda value: date_text(parse_timestamp(value)))
#% endif
#% if c.type_names.DATE_FROM_SECONDS
DATE_FROM_SECONDS = ColumnType(
    "NAIVE_DATE", lambda value: date_text(parse_epoch_seconds(value))
)
#% endif
#% if c.type_names.DATE_FROM_MILLISECONDS
DATE_FROM_MILLISECONDS = ColumnType(
    "NAIVE_DATE", lambda value: date_text(parse_epoch_milliseconds(value))
)
#% endif
#% if c.type_names.BINARY
BINARY = ColumnType("BINARY", binary)
#% endif
#% if c.type_names.JSON
#% if c.decimals
# Declared, because values may be scalars as well as objects; the SDK encodes them itself.
JSON = ColumnType("JSON", plain_numbers)
#% else
# Declared, because values may be scalars as well as objects.
JSON = ColumnType("JSON", unchanged)
#% endif
#% endif
