#% if c.secrets
    Raises ValueError naming the key that is wrong. Values are never shown: they may be secret.
#% else
    Raises ValueError naming the key that is wrong.
#% endif
    """
#% if c.required | length
    for key, meaning in REQUIRED_KEYS.items():
        value = configuration.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"The configuration's '{key}' is missing or blank: {meaning}")
        value = value.strip()
        if value.startswith("<") and value.endswith(">"):
            raise ValueError(f"The configuration's '{key}' is still its placeholder: {meaning}")
#% endif
