#% if c.values.text

def read_text(text: str) -> str:
    """Return a text as it is."""
    return text

#% endif
#% if c.values.integer

def read_integer(text: str) -> int:
    """Read an integer of 64 bits."""
    if INTEGER.fullmatch(text) is None or not -MAX_INTEGER - 1 <= int(text) <= MAX_INTEGER:
        raise ValueError(f"{text!r:.80} is not an integer of 64 bits")
    return int(text)

#% endif
#% if c.values.bigint

def read_big_integer(text: str) -> int:
    """Read an integer of any size."""
    if INTEGER.fullmatch(text) is None:
        raise ValueError(f"{text!r:.80} is not an integer")
    return int(text)

#% endif
#% if c.values.number

def read_number(text: str) -> float:
    """Read a number that a 64-bit float keeps without loss."""
    if NUMBER.fullmatch(text) is None:
        raise ValueError(f"{text!r:.80} is not a number")
    value = float(text)
    if (len(text) > SAFE_DIGITS or "e" in text.lower()) and Decimal(repr(value)) != Decimal(text):
        raise ValueError(f"{text!r:.80} has more digits than a 64-bit float keeps")
    return value

#% endif
#% if c.values.decimal

def read_decimal(precision: int, scale: int) -> Callable[[str], Decimal]:
    """Return the reader of decimals with so many digits, and so many of them after the point."""

    def read(text: str) -> Decimal:
        match = DECIMAL.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r:.80} is not a decimal")
        whole, fraction = match["whole"].lstrip("0"), (match["fraction"] or "").rstrip("0")
        if len(fraction) > scale or len(whole) > precision - scale:
            raise ValueError(f"{text!r:.80} does not fit a decimal of {precision} digits, {scale} after the point")
        return Decimal(text)

    return read

#% endif
#% if c.values.boolean

def read_boolean(text: str) -> bool:
    """Read true or false, in small letters or capitals."""
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r:.80} is neither true nor false")
    return text.lower() == "true"

#% endif
#% if c.values.date

def read_date(text: str) -> str:
    """Check a date, which stays text."""
    if DATE.fullmatch(text) is None:
        raise ValueError(f"{text!r:.80} is not an ISO 8601 date")
    date.fromisoformat(text)
    return text

#% endif
#% if c.values.timestamp

def read_timestamp(text: str) -> str:
    """Check a time with a zone, which stays text."""
    if TIMESTAMP.fullmatch(text) is None:
        raise ValueError(f"{text!r:.80} is not an ISO 8601 time with a zone")
    return text

#% endif
#% if c.values.local_timestamp

def read_local_timestamp(text: str) -> str:
    """Check a time without a zone, which stays text."""
    if LOCAL_TIMESTAMP.fullmatch(text) is None:
        raise ValueError(f"{text!r:.80} is not an ISO 8601 time without a zone")
    return text

#% endif
