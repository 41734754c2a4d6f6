#% if format.format == "iso8601"
    def parse(self, text: str) -> datetime:
        """Return the moment that a cursor stands for."""
        return parse_utc(text)

#% if c.cursor_writes
    def write(self, moment: datetime, like: str) -> str:
        """Write a moment as `like` is written: its zone, and as many digits of the fraction."""
        style = ISO_TIMESTAMP.fullmatch(like)
        if style is None or style["hour"] is None:
            return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
        digits = len(style["fraction"] or "")
        precision = "seconds" if not digits else "milliseconds" if digits <= 3 else "microseconds"
        local = moment.astimezone(parse_utc(like).tzinfo).replace(tzinfo=None)
        return local.isoformat(style["separator"], precision) + (style["zone"] or "")

#% endif
#% elif format.format == "date"
    def parse(self, text: str) -> datetime:
        """Return the beginning of the day that a cursor stands for."""
        return parse_utc(text)

#% if c.cursor_writes
    def write(self, moment: datetime, like: str) -> str:
        """Write the day of a moment, with dashes unless `like` has none."""
        day = moment.astimezone(timezone.utc).date().isoformat()
        return day if "-" in like or not like else day.replace("-", "")

#% endif
#% elif format.format == "epoch_seconds"
    def parse(self, text: str) -> datetime:
        """Return the moment that a cursor stands for."""
        return parse_epoch_seconds(text)

#% if c.cursor_writes
    def write(self, moment: datetime, like: str) -> str:
        """Write a moment as whole seconds since 1970."""
        return str((moment - EPOCH) // timedelta(seconds=1))

#% endif
#% elif format.format == "epoch_milliseconds"
    def parse(self, text: str) -> datetime:
        """Return the moment that a cursor stands for."""
        return parse_epoch_milliseconds(text)

#% if c.cursor_writes
    def write(self, moment: datetime, like: str) -> str:
        """Write a moment as whole milliseconds since 1970."""
        return str((moment - EPOCH) // timedelta(milliseconds=1))

#% endif
#% elif format.format == "integer"
    def parse(self, text: str) -> int:
        """Return the number that a cursor stands for."""
        return int(text)

#% if c.cursor_writes
    def write(self, number: int, like: str) -> str:
        """Write a number as the API takes it."""
        return str(number)

#% endif
#% else
    def parse(self, text: str) -> str:
        """Return the cursor itself: the API orders this column as text."""
        return text

#% if c.cursor_writes
    def write(self, text: str, like: str) -> str:
        """Return the cursor itself."""
        return text

#% endif
#% endif
#% if c.window_dates and format.format == "date"
    def limit(self, began: datetime) -> datetime:
        """Return where the last range ends: with the day on which this sync began."""
        return (began + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)

#% endif
