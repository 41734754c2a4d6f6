"""How far tables have been read: cursors, and what is asked of the API from there on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from timestamps import EPOCH, ISO_TIMESTAMP, parse_epoch_milliseconds, parse_epoch_seconds, parse_utc
#: body
#% for constant in c.history_starts

# The API wants a first date to ask from and names none: nothing older than this is read.
{{ constant.name }} = {{ constant.value | py }}
#% endfor


@dataclass(frozen=True)
class Cursor:
    """The column by which a table advances, and how the API is asked for what came later.

    A cursor is kept as text, as the API's parameter takes it, and compared by what it means.
    """

    column: str
    param: str
#% if c.window_fields == "all"
    # The API is asked for ranges of this many days, with their end in this parameter.
    window_days: int
    end_param: str
#% elif c.window_fields
    # Where the API is asked for ranges: how many days each has, and the parameter for its end.
    window_days: int | None = None
    end_param: str = ""
#% endif
#% if c.cursor_start
    # The first value to ask from; without one the first sync asks for everything.
    start: str | None = None
#% endif
#% if c.cursor_overlap
    # How far before the saved cursor the next sync asks.
#% for line in c.cursor_overlap_why
    # {{ line }}
#% endfor
    overlap: {{ c.cursor_overlap_type }} = {{ c.cursor_overlap_zero }}
#% endif
#% if c.window_gap
    # The API leaves out what equals the lower end of a range: ranges have to overlap by this.
    left_out: timedelta = timedelta(0)
#% endif
#% if c.cursor_sort
    # What makes the API sort by the column, ascending.
    sort_params: dict[str, str] = field(default_factory=dict)
#% endif
#% if c.cursor_ascending == "some"
    # Whether records come in the order of the column, so that each page may move the cursor.
    ascending: bool = False
#% endif
#% if c.cursor_recheck == "some"
    # Whether what changed during a read is looked for once more: no clock and no order tell it.
    recheck: bool = False
#% endif
#% if c.cursor_conversion
    # How records write the column, where that is not how the parameter is written.
    read: Callable[[Any], datetime] | None = None
#% endif

#% if c.cursor_formats | length == 1
#% set format = c.cursor_formats[0]
#% include "cursor-format.py"
#% else
    def parse(self, text: str) -> Any:
        """Return what a cursor means, to compare it by."""
        raise NotImplementedError

#% if c.cursor_writes
    def write(self, value: Any, like: str) -> str:
        """Write a value as the API takes it, in the style of `like`."""
        raise NotImplementedError

#% endif
#% if c.window_dates
    def limit(self, began: datetime) -> datetime:
        """Return where the last range ends for a sync that began at `began`."""
        return began

#% endif
#% endif
#% if c.cursor_ask
    def ask_from(self, saved: str | None) -> str | None:
        """Return the value to ask from, given the saved cursor."""
#% if c.cursor_start
        if saved is None:
            return self.start
#% elif c.cursor_overlap
        if saved is None:
            return None
#% endif
#% if c.cursor_overlap
#% if c.cursor_overlap == "all"
        return self.write(self.parse(saved) - self.overlap, saved)
#% else
        return self.write(self.parse(saved) - self.overlap, saved) if self.overlap else saved
#% endif
#% else
        return saved
#% endif

#% endif
    def text(self, value: Any) -> str:
        """Return the value of a record's column as a cursor."""
#% if c.cursor_conversion
#% if c.cursor_conversion == "some"
        return str(value) if self.read is None else self.write(self.read(value), "")
#% else
        return self.write(self.read(value), "")
#% endif
#% else
        return str(value)
#% endif

    def latest(self, page: list[dict], reached: str | None{{ c.cursor_began_hint }}) -> str | None:
#% if c.cursor_capped
        """Return the latest cursor of a page and `reached`, but none later than `began`.

        `began` is when this read began, by the API's clock: what changes while it goes on must be
        found again.
        """
#% else
        """Return the latest cursor of a page and `reached`."""
#% endif
        found = [record.get(self.column) for record in page]
        cursors = [self.text(value) for value in found if value is not None and value != ""]
        if reached is not None:
            cursors.append(reached)
#% if not c.cursor_capped
        return max(cursors, key=self.parse, default=None)
#% else
        newest = max(cursors, key=self.parse, default=None)
#% if c.cursor_capped == "all"
        if newest is not None and self.parse(newest) > began:
            return self.write(began, newest)
#% elif c.cursor_capped
        value = None if newest is None else self.parse(newest)
        if isinstance(value, datetime) and value > began:
            return self.write(began, newest)
#% endif
        return newest
#% endif
#% if c.cursor_formats | length > 1
#% for format in c.cursor_formats


class {{ format.name }}(Cursor):
    """{{ format.doc }}"""

#% include "cursor-format.py"
#% endfor
#% endif
