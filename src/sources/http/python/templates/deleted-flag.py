#% if c.flag_values == "all"
    value = record.get({{ column }})
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in {{ values }}
#% elif c.flag_values == "some"
    value = record.get({{ column }})
    if not {{ values }}:
        return is_set(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in {{ values }}
#% else
    return is_set(record.get({{ column }}))
#% endif
#% if c.flag_values != "all"


def is_set(value: Any) -> bool:
    """Tell whether a flag is set, however it is written: the text "false" is not."""
    return str(value).strip().lower() not in ("", "0", "false", "no", "none", "null")
#% endif
