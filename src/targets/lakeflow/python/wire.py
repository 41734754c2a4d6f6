"""Rows on their way to the harness: exact values as JSON has them, and the types to declare them by."""

import base64
import json
import math
from datetime import date, datetime, timedelta, timezone
from decimal import Context, Decimal, Inexact, InvalidOperation

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
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

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

WIRE_TYPES = {
    BooleanType: "boolean",
    IntegerType: "int",
    LongType: "long",
    FloatType: "float",
    DoubleType: "double",
    DateType: "naive_date",
    TimestampType: "utc_datetime",
    BinaryType: "binary",
    StringType: "string",
    StructType: "json",
    ArrayType: "json",
    MapType: "json",
}


def declared(kind: DataType) -> dict:
    """A column's type as the warehouse declares it."""
    if isinstance(kind, DecimalType):
        return {"type": "decimal", "precision": kind.precision, "scale": kind.scale}
    # A type that the runtime cannot read has no rows either.
    return {"type": WIRE_TYPES.get(type(kind), "string")}


def fit_decimal(value: Decimal, kind: DecimalType) -> str:
    """The decimal's digits; the platform fails for one that has more than its column."""
    exact = Context(prec=kind.precision, traps=[Inexact, InvalidOperation])
    return format(value.quantize(Decimal(1).scaleb(-kind.scale), context=exact), "f")


def wire_value(value, kind: DataType, sent):
    """A value of a row. `sent` is what the connector gave: it tells which fields of an object were there."""
    if value is None:
        return None
    if isinstance(kind, (LongType, IntegerType)):
        return str(value)
    if isinstance(kind, DecimalType):
        return fit_decimal(value, kind)
    if isinstance(kind, (FloatType, DoubleType)):
        return value if math.isfinite(value) else str(value)
    if isinstance(kind, DateType):
        return str((value - date(1970, 1, 1)) // timedelta(microseconds=1))
    if isinstance(kind, TimestampType):
        moment = value if value.tzinfo else value.astimezone()
        return str((moment - EPOCH) // timedelta(microseconds=1))
    if isinstance(kind, BinaryType):
        return base64.b64encode(value).decode("ascii")
    if isinstance(kind, (StructType, ArrayType, MapType)):
        return nested_text(value, kind, sent)
    return value


def nested_text(value, kind: DataType, sent) -> str:
    """What is inside of an object or list, as JSON. A field that the connector did not send is left out."""
    if value is None:
        return "null"
    if isinstance(kind, StructType):
        fields = [
            f"{json.dumps(field.name)}: {nested_text(value[field.name], field.dataType, sent[field.name])}"
            for field in kind.fields
            if field.name in sent
        ]
        return "{" + ", ".join(fields) + "}"
    if isinstance(kind, ArrayType):
        items = sent if isinstance(sent, list) else [sent]
        inner = [nested_text(item, kind.elementType, one) for item, one in zip(value, items, strict=True)]
        return "[" + ", ".join(inner) + "]"
    if isinstance(kind, MapType):
        fields = [f"{json.dumps(name)}: {nested_text(item, kind.valueType, sent[name])}" for name, item in value.items()]
        return "{" + ", ".join(fields) + "}"
    if isinstance(kind, (BooleanType, StringType)):
        return json.dumps(value)
    if isinstance(value, float) and not math.isfinite(value):
        # NaN and infinities are no numbers of JSON: text, spelled as Python's encoder spells them.
        return json.dumps(json.dumps(value))
    plain = wire_value(value, kind, sent)
    if isinstance(kind, DecimalType):
        # A number of JSON has no digits that say nothing.
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return plain if isinstance(kind, (LongType, IntegerType)) else json.dumps(plain)
