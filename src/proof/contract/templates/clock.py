"""A clock that stands still: what the connector does must not depend on the day it is tested."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from unittest.mock import patch

# Modules that ask for the time.
MODULES = {{ c.clocks }}


class AnyDatetime(type):
    """Takes any datetime for an instance, as the class that is stood in for does."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


@contextmanager
def stopped_at(moment: str) -> Iterator[None]:
    """Let the connector take this moment for now."""
    time = datetime.fromisoformat(moment)

    class Stopped(datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz=None):
            return time.astimezone(tz)

    with ExitStack() as stack:
        for module in MODULES:
            stack.enter_context(patch(f"{module}.datetime", Stopped))
#% for module in c.counters
        nanoseconds = int(time.timestamp()) * 10**9
        stack.enter_context(patch({{ (module + ".time_ns") | py }}, return_value=nanoseconds))
#% endfor
        yield
