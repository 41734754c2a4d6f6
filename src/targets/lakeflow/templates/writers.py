#% if c.writers.plain_text or c.writers.json_text or c.writers.nested_value

def json_text(value: Any) -> str:
    """Write any value as JSON, numbers with all their digits."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        items = (f"{json.dumps(str(name))}: {json_text(item)}" for name, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


#% endif
#% if c.writers.plain_text or c.writers.nested_value
def plain_text(value: Any) -> str:
    """Keep text; write what is not text as JSON has it, not as Python prints it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if isinstance(value, str) else json_text(value)


#% endif
#% if c.writers.truth_value or c.writers.nested_value
def truth_value(value: Any) -> bool | None:
    """Read a boolean, also one that is written as text or as a number; nothing else is one."""
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": None}
    text = str(value).strip().lower()
    if text not in known:
        raise ValueError("neither true nor false")
    return known[text]


#% endif
#% if c.writers.whole_number or c.writers.nested_value
def whole_number(value: Any) -> int | None:
    """Read an integer of at most 64 bits, of which nothing is cut off."""
    number = wide_integer(value)
    if number is not None and not -(2**63) <= number < 2**63:
        raise ValueError("more than 64 bits")
    return number


#% endif
#% if c.writers.whole_number or c.writers.wide_number or c.writers.nested_value
def wide_integer(value: Any) -> int | None:
    """Read an integer of any size; blank text stands for none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if value == "":
        return None
    number = Decimal(str(value))
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


#% endif
#% if c.writers.wide_number
def wide_number(value: Any) -> str | None:
    """Write an integer of up to 38 digits as text, which the runtime reads exactly."""
    number = wide_integer(value)
    if number is not None and abs(number) >= 10**38:
        raise ValueError("more than 38 digits")
    return None if number is None else str(number)


#% endif
#% if c.writers.float_number or c.writers.nested_value
def float_number(value: Any) -> float | None:
    """Read a number of 64 bits; blank text stands for none."""
    return None if value == "" else float(value)


#% endif
#% if c.writers.exact_number or c.writers.nested_value
def exact_number(value: Any, precision: int, scale: int) -> str | None:
    """Write a decimal as text; one that has more digits than its column is an error, not rounded."""
    if value == "":
        return None
    unit = Decimal(1).scaleb(-scale)
    return format(Decimal(str(value)).quantize(unit, context=exact_context(precision)), "f")


@lru_cache
def exact_context(precision: int) -> Context:
    """Return a context in which no digit is lost unnoticed."""
    return Context(prec=precision, traps=[Inexact, InvalidOperation])


#% endif
#% if c.writers.day_text
#% if c.native
def day_text(value: date) -> str:
    """Write a day as text: the runtime reads no date objects."""
    return value.isoformat()
#% else
def day_text(parse: Callable[[Any], datetime], value: Any) -> str | None:
    """Write a day in ISO 8601; blank text stands for none."""
    return None if value == "" else parse(value).date().isoformat()
#% endif


#% endif
#% if c.writers.moment_text
#% if c.native
def moment_text(value: datetime) -> str:
    """Write a moment in ISO 8601 and UTC."""
    return value.astimezone(timezone.utc).isoformat(timespec="microseconds")
#% else
def moment_text(parse: Callable[[Any], datetime], value: Any) -> str | None:
    """Write a moment in ISO 8601 and UTC: the runtime takes all else for local time."""
    if value == "":
        return None
    return parse(value).astimezone(timezone.utc).isoformat(timespec="microseconds")
#% endif


#% endif
#% if c.writers.local_text
#% if c.native
def local_text(value: datetime) -> str:
    """Write a time without a zone in ISO 8601."""
    return value.isoformat(timespec="microseconds")
#% else
def local_text(parse: Callable[[Any], datetime], value: Any) -> str | None:
    """Write a time without a zone in ISO 8601: the runtime has no type to read such times by."""
    if value == "":
        return None
    return parse(value).replace(tzinfo=None).isoformat(timespec="microseconds")
#% endif


#% endif
#% if c.writers.base64_text
#% if c.native
def base64_text(value: bytes) -> str:
    """Write bytes in Base64, as the runtime reads them."""
    return base64.b64encode(value).decode("ascii")
#% else
def base64_text(value: str) -> str:
    """Check that a value is Base64: the runtime takes what is not for the bytes themselves."""
    text = "".join(value.split())
    base64.b64decode(text, validate=True)
    return text
#% endif


#% endif
#% if c.writers.nested_value
def nested_value(place: str, kind: DataType, value: Any) -> Any:
    """Write what is inside of an object or list as the types of its schema want it."""
    if value is None:
        return None
    if isinstance(kind, StructType):
        return nested_fields(place, kind, value)
    if isinstance(kind, ArrayType):
        if not isinstance(value, list):
            raise ValueError("not a list")
        return [nested_value(place, kind.elementType, item) for item in value]
    if isinstance(kind, DecimalType):
        return exact_number(value, kind.precision, kind.scale)
    return NESTED_WRITERS[type(kind)](value)


def nested_fields(place: str, kind: StructType, value: Any) -> dict:
    """Write the fields of an object; the runtime refuses one that has none."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    warn_of_unknown(place, value.keys() - kind.names)
    fields = {
        field.name: nested_value(f"{place}.{field.name}", field.dataType, value[field.name])
        for field in kind.fields
        if field.name in value
    }
    return fields or dict.fromkeys(kind.names)


NESTED_WRITERS = {
    BooleanType: truth_value,
    DoubleType: float_number,
    LongType: whole_number,
    StringType: plain_text,
}
#% endif
