#% if c.styles.page

@dataclass(frozen=True)
class PageNumbers:
    """Pages are asked for by number."""

    param: str
    first: int
#% if c.page.total_pages
    # Where an answer says how many pages there are.
    total_pages: str = ""
#% endif
#% if c.page.has_more
    # Where an answer says whether there is another page.
    has_more: str = ""
#% endif

#% endif
#% if c.styles.offset

@dataclass(frozen=True)
class Offsets:
    """Pages are asked for by the number of records to leave out."""

    param: str
#% if c.offset.total
    # Where an answer says how many records there are.
    total: str = ""
#% endif
#% if c.offset.has_more
    # Where an answer says whether there is another page.
    has_more: str = ""
#% endif

#% endif
#% if c.styles.cursor

@dataclass(frozen=True)
class PageCursors:
    """Each answer has a cursor for the next page; `next` is the path to it."""

    param: str
    next: str
#% if c.cursor.has_more
    # Where an answer says whether there is another page.
    has_more: str = ""
#% endif
#% if c.cursor.alone
    # Whether the cursor replaces all other parameters.
    alone: bool = False
#% endif

#% endif
#% if c.styles.next_url

@dataclass(frozen=True)
class NextAddresses:
    """Each answer has the address of the next page; `next` is the path to it."""

    next: str

#% endif
#% if c.styles.link_header

@dataclass(frozen=True)
class LinkHeaders:
    """The Link header of each answer has the address of the next page."""

    rel: str

#% endif
#% if c.paging_constants | length

#% for constant in c.paging_constants
{{ constant.name }} = {{ constant.value }}
#% endfor
#% endif
#% if c.steady
# The address and the parameters that a page was asked for with.
Request = tuple[str, dict]
#% endif
#% if c.paging_types | length > 1
Paging = {{ c.paging_types | join(" | ") }}
#% endif
