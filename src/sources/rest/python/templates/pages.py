    def pages(self, path: str, params: dict, records: str{{ c.paging_parameter }}{{ c.steady_parameters }}) -> Iterator[list[dict]]:
#% if c.only_whole
        """Yield the records of a listing, which comes in one piece."""
        page = self.whole(path, params, records)
        if page:
            yield page
#% else
        """Yield the pages of a listing that hold records, one at a time.

        `records` is the path to the list of records in an answer.
#% if c.steady

{{ c.steady_doc }}
#% endif
        """
#% if c.style_calls | length > 1
        match paging:
#% for style in c.style_calls
            case {{ style.pattern }}:
                pages = {{ style.call }}
#% endfor
#% else
        pages = {{ c.style_calls[0].call }}
#% endif
#% if c.steady
        for number, page in enumerate(self._steadied(pages, records, key{{ ", steady" if c.steady == "some" }}), start=1):
#% else
        for number, page in enumerate(pages, start=1):
#% endif
            if number % PAGES_PER_PROGRESS_LINE == 0:
                log.info(f"{path}: {number} pages so far")
            if page:
                yield page
#% if c.steady

    def _steadied(self, pages: Iterable[{{ c.page_hint }}], records: str, key: tuple[str, ...]{{ ", steady: bool" if c.steady == "some" }}) -> Iterator[list[dict]]:
        """Yield pages, and before each what moved to the ones that were read already."""
        before: dict = {}
        asked: list[Request] = []
        for page, request in pages:
            if {{ "steady and " if c.steady == "some" }}before:
                yield from self._moved_back(asked, before, records, key)
            yield page
#% if c.shifting == "some"
            if request is not None:
                before = {identity(record, key): record for record in page} or before
                asked.append(request)
#% else
            before = {identity(record, key): record for record in page} or before
            asked.append(request)
#% endif

    def _moved_back(self, asked: list[Request], before: dict, records: str, key: tuple[str, ...]) -> Iterator[list[dict]]:
        """Yield the records that moved to pages which were read already.

        What goes from a listing while it is read makes the others move up, past the end of the
        page before. So that page is looked at again, and if none of it is known any more, the
        one before it.
        """
        for url, params in reversed(asked):
            page = records_at(self.get(url, params{{ c.read_argument }}), records, url)
            moved = [record for record in page if before.get(identity(record, key)) != record]
            if moved:
                yield moved
            if any(identity(record, key) in before for record in page):
                return
#% endif
#% endif

#% if c.styles.whole or c.any_feed
    def whole(self, path: str, params: dict, records: str) -> list[dict]:
        """Return a listing that comes in one piece."""
        return records_at(self.get(self.base_url + path, params{{ c.read_argument }}), records, path)

#% endif
#% if c.styles.page
    def _by_number(self, path: str, params: dict, records: str{{ c.page.parameter }}) -> Iterator[{{ c.page_hint }}]:
        """Yield pages by number until one is empty{{ c.page.until }}.

        A page with few records is not taken for the last: some sources fill pages unevenly.
        """
        param, number = {{ c.page.name }}.param, {{ c.page.name }}.first
        previous: list[dict] = []
#% if c.page.has_more
        empty = 0
#% endif
        while True:
            body = self.get(self.base_url + path, {**params, param: number}{{ c.read_argument }})
            page = records_at(body, records, path)
            if page and page == previous:
                raise ApiError(f"{path}: page {number} repeats the one before; '{param}' is ignored")
            yield page{{ c.request_of.page }}
#% if c.page.total_pages
            total = value_at(body, {{ c.page.name }}.total_pages){{ c.page.total_guard }}
            if total is not None and number - {{ c.page.name }}.first + 1 >= int(total):
                return
            if total is not None and not page:
                raise ApiError(f"{path}: page {number} is empty, where the API speaks of {total} pages")
#% endif
#% if c.page.has_more
            more = value_at(body, {{ c.page.name }}.has_more){{ c.page.more_guard }}
            empty = 0 if page else empty + 1
            if not more and (not page or more is not None):
                return
            if empty > MAX_EMPTY_PAGES:
                raise ApiError(f"{path}: {empty} pages in a row are empty, and the API says that more follow")
#% else
            if not page:
                return
#% endif
            number, previous = number + 1, page

#% endif
#% if c.styles.offset
    def _by_offset(self, path: str, params: dict, records: str{{ c.offset.parameter }}) -> Iterator[{{ c.page_hint }}]:
        """Yield pages by offset until one is empty{{ c.offset.until }}.

        The offset moves by what arrived: the API may send fewer records than it was asked for.
        """
        param, offset = {{ c.offset.name }}.param, 0
        previous: list[dict] = []
        while True:
            body = self.get(self.base_url + path, {**params, param: offset}{{ c.read_argument }})
            page = records_at(body, records, path)
            if page and page == previous:
                raise ApiError(f"{path}: the page at {offset} repeats the one before; '{param}' is ignored")
            yield page{{ c.request_of.offset }}
            offset, previous = offset + len(page), page
#% if c.offset.total
            total = value_at(body, {{ c.offset.name }}.total){{ c.offset.total_guard }}
            if total is not None and offset >= int(total):
                return
            if total is not None and not page:
                raise ApiError(
                    f"{path}: nothing comes after {offset} records, "
                    f"where the API speaks of {total}"
                )
#% endif
#% if c.offset.has_more
            more = value_at(body, {{ c.offset.name }}.has_more){{ c.offset.more_guard }}
            if more is not None and not more:
                return
            if more and not page:
                raise ApiError(
                    f"{path}: nothing comes after {offset} records, "
                    "and the API says that more follow"
                )
#% endif
            if not page:
                return

#% endif
#% if c.styles.cursor
    def _by_cursor(self, path: str, params: dict, records: str{{ c.cursor.parameter }}) -> Iterator[{{ c.page_hint }}]:
        """Yield pages, each asked for with the cursor of the one before, until there is none."""
        param, asked = {{ c.cursor.name }}.param, params
        seen = set()
        while True:
            body = self.get(self.base_url + path, asked{{ c.read_argument }})
            page = records_at(body, records, path)
            yield page{{ c.request_of.cursor }}
            cursor = value_at(body, {{ c.cursor.name }}.next)
            if cursor is None or cursor == "":
                return
#% if c.cursor.has_more
            more = value_at(body, {{ c.cursor.name }}.has_more){{ c.cursor.more_guard }}
            if more is not None and not more:
                return
#% endif
            if cursor in seen:
                if not page:
                    return
                raise ApiError(f"{path}: the cursor of the next page came before, which would never end")
            seen.add(cursor)
#% if c.cursor.alone == "all"
            # The cursor stands for the other parameters too; the API wants it alone.
            asked = {param: cursor}
#% elif c.cursor.alone
            asked = {param: cursor} if {{ c.cursor.name }}.alone else {**params, param: cursor}
#% else
            asked = {**params, param: cursor}
#% endif

#% endif
#% if c.styles.next_url
    def _by_next_address(self, path: str, params: dict, records: str{{ c.next_url.parameter }}) -> Iterator[{{ c.page_hint }}]:
        """Yield pages, each at the address that the one before gives."""
        url, asked = self.base_url + path, params
        seen = set()
        while True:
            body = self.get(url, asked{{ c.read_argument }})
            page = records_at(body, records, path)
            yield page{{ c.request_of.link }}
            link = value_at(body, {{ c.next_url.name }}.next)
            if not link:
                return
            # The address has all parameters already.
            url, asked = self._own_address(url, link), {}
            if url in seen:
                if not page:
                    return
                raise ApiError(f"{path}: the address of the next page came before, which would never end")
            seen.add(url)

#% endif
#% if c.styles.link_header
    def _by_link_header(self, path: str, params: dict, records: str{{ c.link_header.parameter }}) -> Iterator[{{ c.page_hint }}]:
        """Yield pages, each at the address in the Link header of the one before."""
        url, asked = self.base_url + path, params
        seen = set()
        while True:
            body, links = self.get(url, asked, read_json_and_links)
            page = records_at(body, records, path)
            yield page{{ c.request_of.link }}
            link = links.get({{ c.link_header.name }}.rel, {}).get("url")
            if not link:
                return
            # The address has all parameters already.
            url, asked = self._own_address(url, link), {}
            if url in seen:
                if not page:
                    return
                raise ApiError(f"{path}: the address of the next page came before, which would never end")
            seen.add(url)

#% endif
#% if c.styles.next_url or c.styles.link_header
    def _own_address(self, current: str, link: str) -> str:
        """Return the address of a next page, held to the host the connection is configured for.

        An absolute link names the API's public host. Where the configuration points to another
        way to it, such as a proxy, the link is moved there. Any other host is refused, because
        the request carries credentials.
        """
        address = urlsplit(urljoin(current, link))
        ours = urlsplit(self.base_url)
        for base in (ours, urlsplit(DEFAULTS["base_url"])):
            if address.netloc == base.netloc:
                path = address.path
                if path.startswith(f"{base.path}/"):
                    path = ours.path + path[len(base.path) :]
                return urlunsplit((ours.scheme, ours.netloc, path, address.query, ""))
        raise ApiError(f"The next page is on another host, '{address.hostname}', which is not asked")

#% endif
