#% if c.formats.csv

@dataclass(frozen=True)
class Csv:
    """Delimited text. Blank stands for no value, but in columns of text it is the empty text."""

    # How the text of each column becomes a value.
    columns: dict[str, Callable[[str], Any]]
#% if c.csv.delimiter
    delimiter: str = ","
#% endif
#% if c.csv.quote
    quote: str = '"'
#% endif
#% if c.csv.encoding
    # utf-8-sig is UTF-8 with or without a mark at its beginning.
    encoding: str = "utf-8-sig"
#% endif
#% if c.csv.header == "some"
    # Whether the first line names the columns.
    header: bool = True
#% endif
#% if c.csv.nulls
    # Texts that stand for no value.
    nulls: frozenset[str] = frozenset()
#% endif

    def records(self, stream: BinaryIO, name: str) -> Iterator[dict]:
        """Yield records. Rows with too few or too many fields are kept, and reported."""
        csv.field_size_limit(MAX_FIELD_BYTES)
        text = io.TextIOWrapper(stream, encoding={{ "self.encoding" if c.csv.encoding else '"utf-8-sig"' }}, newline="")
        rows = csv.reader(text, delimiter={{ "self.delimiter" if c.csv.delimiter else '","' }}, quotechar={{ "self.quote" if c.csv.quote else "'\"'" }}, strict=True)
        # A line with nothing on it is no record.
        filled = (row for row in rows if row)
#% if c.csv.header == "all"
        names = header_names(next(filled, []))
#% elif c.csv.header == "some"
        names = header_names(next(filled, [])) if self.header else list(self.columns)
#% else
        names = list(self.columns)
#% endif
        ragged = first_ragged = 0
        for line, row in enumerate(filled, start=1):
            if len(row) != len(names):
                ragged += 1
                first_ragged = first_ragged or line
            yield self._record(names, row)
        if ragged:
            log.warning(
                f"{name}: {ragged} records have more or fewer fields than there are columns, "
                f"the first is record {first_ragged}; what is missing is null, what is left is in _rest"
            )

    def _record(self, names: list[str], row: list[str]) -> dict:
        record = dict.fromkeys(self.columns)
        rest = {}
        for column, text in zip(names, row):
            read = self.columns.get(column)
            if read is None:
                rest[column] = text
            elif {{ c.csv.filled }}:
                try:
                    record[column] = read(text)
                except ValueError as error:
                    raise ValueError(f"{column}: {error}") from error
        for position in range(len(names), len(row)):
            rest[f"field {position + 1}"] = row[position]
        record["_rest"] = rest or None
        return record
#% if c.csv.header != "none"


def header_names(header: list[str]) -> list[str]:
    """Return the names of columns. Blank ones and repeated ones are told apart by their position."""
    names: list[str] = []
    for position, text in enumerate(header, start=1):
        name = text.strip() or f"column_{position}"
        while name in names:
            name = f"{name}_{position}"
        names.append(name)
    return names
#% endif

#% endif
#% if c.formats.json or c.formats.ndjson

def parse(text: str) -> Any:
    """Read JSON{{ c.parse_doc }}."""
    return json.loads(text, {{ "parse_float=Decimal, " if c.decimals else "" }}parse_constant=no_number)


def no_number(text: str) -> None:
    """Refuse NaN and infinities, which are not JSON."""
    raise ValueError(f"{text} is not JSON")


def checked(record: Any) -> dict:
    """Return a record, which has to be an object."""
    if not isinstance(record, dict):
        raise ValueError(f"it is not an object: {record!r:.80}")
    return record

#% endif
#% if c.formats.json

@dataclass(frozen=True)
class JsonList:
    """A JSON document with a list of records. It is held in memory as a whole."""

    # Dotted path of the list; the document itself without one.
    path: str = ""

    def records(self, stream: BinaryIO, _name: str) -> Iterator[dict]:
        """Yield records."""
        content = stream.read()
        # An empty file is a document that has not been written yet, or has nothing to tell.
        if not content.strip():
            return
        found = parse(content.decode("utf-8-sig"))
        for step in filter(None, self.path.split(".")):
            if not isinstance(found, dict) or step not in found:
                raise ValueError(f"there is no list at '{self.path}'")
            found = found[step]
        if not isinstance(found, list):
            raise ValueError(f"there is no list at '{self.path}'")
        yield from map(checked, found)

#% endif
#% if c.formats.ndjson

@dataclass(frozen=True)
class JsonLines:
    """A JSON object per line."""

    def records(self, stream: BinaryIO, _name: str) -> Iterator[dict]:
        """Yield records. Blank lines are left out."""
        for line in io.TextIOWrapper(stream, encoding="utf-8-sig", newline="\n"):
            if line.strip():
                yield checked(parse(line))

#% endif
#% if c.formats.parquet

@dataclass(frozen=True)
class Parquet:
    """Columns in blocks, with types of their own."""

    def records(self, stream: BinaryIO, _name: str) -> Iterator[dict]:
        """Yield records, block by block. An empty file has none."""
        if not stream.seek(0, io.SEEK_END):
            return
        with pyarrow.parquet.ParquetFile(stream) as parquet:
            for batch in parquet.iter_batches(batch_size=PAGE_RECORDS):
                for record in micro_precise(batch).to_pylist():
                    yield {name: plain(value) for name, value in record.items()}


def micro_precise(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Return a batch whose times are cut to microseconds, the finest that Python's have."""
    kinds = [
        pyarrow.timestamp("us", kind.tz) if pyarrow.types.is_timestamp(kind) else kind
        for kind in batch.schema.types
    ]
    schema = pyarrow.schema(zip(batch.schema.names, kinds))
    return batch.cast(schema, safe=False)


def plain(value: Any) -> Any:
    """Return a value as JSON would have it; decimals stay decimals."""
    if isinstance(value, (date, datetime, time_of_day)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: nested(item) for name, item in value.items()}
    if isinstance(value, list):
        return [nested(item) for item in value]
    if isinstance(value, tuple):
        # An entry of a map, whose keys need not be text.
        return {"key": nested(value[0]), "value": nested(value[1])}
    return value


def nested(value: Any) -> Any:
    """Return a value inside of another: JSON has no NaN and no infinities, so that they are text."""
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    return plain(value)

#% endif
