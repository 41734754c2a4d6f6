#% if c.style.connection


@dataclass(frozen=True)
class Connection:
    """A list whose pages each tell where the next one begins."""

    size: int
#% if c.connection_names
    # Variables of the query for the size of a page and for where it begins.
    first: str = "first"
    after: str = "after"
#% endif
#% if c.connection_nodes == "some"
    # Whether records stand in `edges`, each in its `node`, and not in `nodes`.
    edges: bool = False
#% endif

    def variables(self, place: str | None) -> dict:
        """Return the variables that ask for the page at a place; None is the first."""
#% if c.connection_names
        return {self.first: self.size} | ({} if place is None else {self.after: place})
#% else
        return {"first": self.size} | ({} if place is None else {"after": place})
#% endif

    def records(self, answer: Any) -> Any:
        """Return the records of a page."""
#% if c.connection_nodes == "all"
        return [edge and edge.get("node") for edge in answer["edges"]]
#% elif c.connection_nodes == "some"
        if self.edges:
            return [edge and edge.get("node") for edge in answer["edges"]]
        return answer["nodes"]
#% else
        return answer["nodes"]
#% endif

    def next_place(self, answer: Any, place: str | None, count: int) -> str | None:
        """Return where the next page begins; None where there is none."""
        page = answer["pageInfo"]
        if not page["hasNextPage"]:
            return None
        if not page["endCursor"]:
            raise ApiError("the API speaks of a next page and does not say where it begins")
        return page["endCursor"]
#% endif
#% if c.style.offset


@dataclass(frozen=True)
class Offset:
    """A list that is asked for by the number of records to leave out."""

    size: int
#% if c.offset_names
    # Variables of the query for both numbers.
    offset: str = "offset"
    limit: str = "limit"
#% endif
#% if c.offset_records
    # Fields between the answer and its list of records.
    inside: tuple[str, ...] = ()
#% endif

    def variables(self, place: int | None) -> dict:
        """Return the variables that ask for the page at a place; None is the first."""
#% if c.offset_names
        return {self.limit: self.size, self.offset: place or 0}
#% else
        return {"limit": self.size, "offset": place or 0}
#% endif

    def records(self, answer: Any) -> Any:
        """Return the records of a page."""
#% if c.offset_records
        for step in self.inside:
            answer = answer[step]
#% endif
        return answer

    def next_place(self, answer: Any, place: int | None, count: int) -> int | None:
        """Return where the next page begins. A short page is no end: only an empty one is."""
        return (place or 0) + count if count else None
#% endif
#% if c.style.list


@dataclass(frozen=True)
class Whole:
    """A list that comes in one piece."""

    def variables(self, place: None) -> dict:
        """Return no variables: there is nothing to choose."""
        return {}

    def records(self, answer: Any) -> Any:
        """Return the records."""
        return answer

    def next_place(self, answer: Any, place: None, count: int) -> None:
        """Return None: there is no next page."""
        return None
#% endif
