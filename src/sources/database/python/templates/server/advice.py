

def advice(text: str) -> str:
    """Return what a person can do, by what is said of a connection that was refused."""
    for words, what in ADVICE.items():
        if words in text:
            return what
    return "check the configuration's 'host', 'port', 'database', 'user', 'password' and 'tls'"
