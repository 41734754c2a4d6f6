class MicroBatch:
    """The rows of a micro-batch, which lie on disk where they are many."""

#% if c.sequenced
    def __init__(self, table: Table, start: dict) -> None:
        self.size = 0
        self._column = SEQUENCE_COLUMNS{{ "[table.name]" if c.sequenced == "all" else ".get(table.name)" }}
        self._sequence = start.get("sequence", 0)
#% else
    def __init__(self) -> None:
        self.size = 0
#% endif
        self._sum = 0
        self._lines = tempfile.SpooledTemporaryFile(max_size=MAX_BATCH_BYTES)

    def add(self, rows: list[dict]) -> None:
        """Take the rows of a page."""
        for row in rows:
            text = row_text(row)
            self.size += 1
            self._sum += int.from_bytes(hashlib.sha256(text).digest(), "big")
#% if c.sequenced
            self._lines.write(self._with_sequence(row{{ ", text" if c.sequenced == "some" else "" }}) + b"\n")
#% else
            self._lines.write(text + b"\n")
#% endif

    def digest(self) -> str:
        """Return what tells these rows from others, in whatever order they came."""
        return f"{self.size}-{self._sum % 2**128:032x}"

    def close(self) -> None:
        """Let go of rows that nobody wants."""
        self._lines.close()

    def rows(self) -> Iterator[dict]:
        """Yield the rows, once."""
        with self._lines as lines:
            lines.seek(0)
            for line in lines:
                yield json.loads(line)
#% if c.sequenced

    def sequence_state(self) -> dict:
        """Return what the next batch has to go on from."""
#% if c.sequenced == "all"
        return {"sequence": self._sequence}
#% else
        return {"sequence": self._sequence} if self._column else {}
#% endif

    def _with_sequence(self, row: dict{{ ", text: bytes" if c.sequenced == "some" else "" }}) -> bytes:
        """Number a version of a row by the time it was read, where the source has nothing to order by."""
#% if c.sequenced == "some"
        if self._column is None:
            return text
#% endif
        self._sequence = max(self._sequence + 1, time_ns() // 1000)
        return row_text(row | {self._column: self._sequence})
#% endif
