"""Names and values that look like secrets, page tokens or placeholders."""

import re

_SECRET = re.compile(
    r"(^|_)(api_?key|apikey|access_?key|secret(_access)?(_?key)?|client_?secret|app_?secret|password|passwd|pwd|passphrase|"
    r"private_?key|(access|auth|bearer|refresh|api|id|security|personal_access|service|oauth)_?token|bearer|credentials?|"
    r"authorization|jwt)$"
)
_PLACEHOLDER = re.compile(
    r"^\s*$|[<>{}]|\.\.\.|xxx|\*\*|your|example|sample|placeholder|change_?me|dummy|redacted|todo|insert|replace|fake|mock|test|"
    r"^(password|passwd|secret|token|none|null|string|admin|user|root)$",
    re.I,
)
_KNOWN = re.compile(
    r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|[sr]k_live_[A-Za-z0-9]{16,}|"
    r"xox[abpr]-[A-Za-z0-9-]{20,}|AIza[0-9A-Za-z_-]{35}|glpat-[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|"
    r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})|"
    r"-----BEGIN (RSA |EC |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(\s|\\n)*[A-Za-z0-9+/=]{20,}"
)
_HEADER = re.compile(r"^(Bearer|Basic|Token|ApiKey)\s+(?=\S*\d)[A-Za-z0-9+/=_.\-]{16,}$")
_URL_USER = re.compile(r"://(?P<user>[^/\s:@{}<>]+):(?P<password>[^/\s:@{}<>]+)@")


def snake(name):
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name)
    return text.strip("_").lower()


def is_secret_name(name):
    """`api_key`, `clientSecret`, `access_token`; not `page_token`, and not a plain `token`, which may be one."""
    if not isinstance(name, str):
        return False
    words = snake(name)
    return bool(_SECRET.search(words)) and not words.startswith(("masked", "redacted", "hidden", "has_", "hashed"))


def is_placeholder(value):
    return bool(_PLACEHOLDER.search(value))


def known_secret(value):
    """Whether a text carries a credential recognisable by its form alone."""
    if _KNOWN.search(value) or (_HEADER.match(value) and not is_placeholder(value)):
        return True
    found = _URL_USER.search(value)
    return bool(found) and not is_placeholder(found["password"]) and found["password"].lower() not in ("pass", "pwd")


def looks_like_secret(value):
    """Whether the value of a secret's name is a real one: not a placeholder, an address, or a plain word."""
    if known_secret(value):
        return True
    if len(value) < 8 or re.search(r"\s", value) or is_placeholder(value):
        return False
    if re.match(r"^(https?:|/|\.|[A-Za-z]+:/)", value):
        return False
    words = re.fullmatch(r"[A-Za-z]+([_\-. ][A-Za-z]+)*", value)
    if words and not (len(value) >= 20 and re.search(r"[a-z][A-Z].*[A-Z][a-z]", value) and "_" not in value):
        return False
    return bool(re.search(r"\d", value)) or len(value) >= 20 or bool(re.search(r"[!@#$%^&*]", value))
