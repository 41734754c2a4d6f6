def backoff_seconds(attempt: int) -> float:
    """Return the wait after a failed attempt: doubled each time, and never quite the same."""
    ceiling = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2 ** (attempt - 1))
    return ceiling * random.uniform(0.5, 1)
