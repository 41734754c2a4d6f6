#% include "backoff.py"


def retry_after_seconds(header: str | None) -> float | None:
    """Return the wait that a Retry-After header asks for, be it seconds or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return min(int(header), RETRY_AFTER_CAP_SECONDS)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return min(max(seconds, 0), RETRY_AFTER_CAP_SECONDS)


