"""Fits records to a schema as the platform's runtime does: leniently, and not always as they were meant.

Written from how the runtime was seen to behave. What it raises for is raised for here; what it bends without a word is
bent here in the same way, so that the rows show it.
"""

import base64
from datetime import date, datetime
from decimal import Decimal

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructType,
    TimestampType,
)

TRUE_WORDS = {"true", "t", "yes", "y", "1"}
FALSE_WORDS = {"false", "f", "no", "n", "0"}
DAY_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d")
TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S")


class Coercion:
    """Fits records of one table, and remembers what people should know about it."""

    def __init__(self, table: str, schema: StructType) -> None:
        self.table = table
        self.schema = schema
        # What was bent -> how often.
        self.noted: dict[str, int] = {}

    def row(self, record: dict) -> dict:
        """The record's columns, nulls for those it has not. Raises ValueError where the runtime does."""
        return self._struct(record, self.schema, self.table)

    def _note(self, text: str) -> None:
        self.noted[text] = self.noted.get(text, 0) + 1

    def _struct(self, value, kind: StructType, place: str) -> dict:
        if not isinstance(value, dict):
            raise ValueError(f"{place}: an object is wanted, not {type(value).__name__}")
        if not value:
            raise ValueError(f"{place}: an object without fields; the runtime wants None instead of {{}}")
        for name in value.keys() - kind.names:
            self._note(f"{place}: the field {name} is not in the schema and was dropped")
        row = {}
        for field in kind.fields:
            if field.name in value:
                row[field.name] = self._value(value[field.name], field.dataType, f"{place}.{field.name}")
            elif field.nullable:
                row[field.name] = None
            else:
                raise ValueError(f"{place}.{field.name}: not nullable, and the record does not have it")
        return row

    def _value(self, value, kind, place: str):
        if value is None:
            return None
        if isinstance(kind, StructType):
            return self._struct(value, kind, place)
        if isinstance(kind, ArrayType):
            if not isinstance(value, list):
                self._note(f"{place}: a single value became a list")
                value = [value]
            return [self._value(item, kind.elementType, place) for item in value]
        if isinstance(kind, MapType):
            return {str(name): self._value(item, kind.valueType, place) for name, item in value.items()}
        reader = READERS.get(type(kind))
        if reader is None:
            raise ValueError(f"{place}: the runtime has no reader for {kind.simpleString()}")
        try:
            return reader(self, value, place)
        except (ArithmeticError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{place}: cannot read {value!r:.80} as {kind.simpleString()}") from error

    def _text(self, value, place):
        if not isinstance(value, (str, int, float, Decimal)) or isinstance(value, bool):
            self._note(f"{place}: a {type(value).__name__} became text as Python prints it")
        return str(value)

    def _integer(self, value, place):
        if isinstance(value, str) and value.strip():
            number = int(float(value)) if "." in value else int(value)
        elif isinstance(value, (int, float)):
            number = int(value)
        else:
            raise ValueError("no number")
        if float(value) != float(number):
            self._note(f"{place}: fractions of numbers were cut off")
        return number

    def _float(self, value, place):
        return float(value)

    def _decimal(self, value, place):
        return Decimal(str(value))

    def _boolean(self, value, place):
        if isinstance(value, str) and value.lower() in TRUE_WORDS | FALSE_WORDS:
            return value.lower() in TRUE_WORDS
        if not isinstance(value, (bool, int)):
            self._note(f"{place}: values that are no booleans became {bool(value)}")
        return bool(value)

    def _day(self, value, place):
        if isinstance(value, datetime):
            return value.date()
        if not isinstance(value, str):
            raise ValueError("no text")
        return first_of(value, DAY_FORMATS) or datetime.fromisoformat(value).date()

    def _moment(self, value, place):
        if isinstance(value, bool) or not isinstance(value, (str, int, float, datetime)):
            raise ValueError("no time")
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, str):
            moment = parse_moment(value)
        else:
            moment = datetime.fromtimestamp(value)
        if moment.tzinfo is None:
            self._note(f"{place}: times without a zone were taken for local time")
        return moment

    def _bytes(self, value, place):
        if isinstance(value, (bytes, bytearray, list)):
            return bytes(value)
        if not isinstance(value, str):
            return str(value).encode()
        for decode in (base64.b64decode, bytes.fromhex):
            try:
                return decode(value)
            except ValueError:
                self._note(f"{place}: text that is no Base64 was taken for bytes")
        return value.encode()


def first_of(text: str, formats: tuple[str, ...]) -> date | None:
    """The day that a text stands for in the first format that fits."""
    for form in formats:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def parse_moment(text: str) -> datetime:
    """A time in ISO 8601, or one of two other forms."""
    plain = text[:-1] + "+00:00" if text.endswith("Z") else text
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        for form in TIME_FORMATS:
            try:
                return datetime.strptime(plain, form)
            except ValueError:
                continue
        raise


READERS = {
    StringType: Coercion._text,
    IntegerType: Coercion._integer,
    LongType: Coercion._integer,
    FloatType: Coercion._float,
    DoubleType: Coercion._float,
    DecimalType: Coercion._decimal,
    BooleanType: Coercion._boolean,
    DateType: Coercion._day,
    TimestampType: Coercion._moment,
    BinaryType: Coercion._bytes,
}
