def setting(configuration: dict, key: str) -> str:
#% if c.defaults | length
    """Return a configuration value, or its default where it is missing or blank."""
    return str(configuration.get(key) or "").strip() or DEFAULTS.get(key, "")
#% else
    """Return a configuration value, without the blanks around it."""
    return str(configuration.get(key) or "").strip()
#% endif
