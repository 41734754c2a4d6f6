"""Names and values that look like secrets."""

import re

_SECRET = re.compile(
    r"(^|_)(api_?key|access_?key|secret(_access)?(_?key)?|client_?secret|app_?secret|password|passwd|pwd|passphrase|private_?key|"
    r"((access|auth|bearer|refresh|api|id|security|personal_access|service|oauth)_)?token|bearer|credentials?|authorization|jwt)$"
)
_HARMLESS = re.compile(r"^(masked|redacted|hidden|has|hashed|page|next|continuation|sync|next_page|cursor|delta|skip)_")
_PLACEHOLDER = re.compile(
    r"^\s*$|[<>{}]|\.\.\.|xxx|\*\*|your|example|sample|placeholder|change_?me|dummy|redacted|todo|insert|replace|fake|mock|test", re.I
)
_KNOWN = re.compile(
    r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|[sr]k_live_[A-Za-z0-9]{16,}|xox[abpr]-[A-Za-z0-9-]{20,}|"
    r"AIza[0-9A-Za-z_-]{35}|glpat-[\w-]{20,}|dapi[0-9a-f]{32}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})|"
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(\s|\\n)*[A-Za-z0-9+/=]{20,}"
)
_USER = re.compile(r"://[^/\s:@{}<>]+:(?P<password>[^/\s:@{}<>]+)@")


def is_secret_name(name):
    """`api_key`, `clientSecret`, `access_token`; not `page_token`."""
    if not isinstance(name, str):
        return False
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    return bool(_SECRET.search(words)) and not _HARMLESS.match(words)


def known_secret(text):
    """Whether a text carries a credential that its form alone gives away."""
    found = _USER.search(text)
    return bool(_KNOWN.search(text)) or (bool(found) and not _PLACEHOLDER.search(found["password"]))


def looks_like_secret(text):
    """Whether the value of a secret's name is a real one: not a placeholder, an address, a path or a word."""
    if known_secret(text):
        return True
    if len(text) < 8 or re.search(r"\s", text) or _PLACEHOLDER.search(text) or re.match(r"^(https?:|/|\.|[A-Za-z]+:/)", text):
        return False
    return bool(re.search(r"\d", text)) or (len(text) >= 20 and not re.fullmatch(r"[A-Za-z]+([_\-.][A-Za-z]+)*", text))
