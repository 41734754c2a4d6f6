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
