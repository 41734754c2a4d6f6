    def pages(self, path: str, params: dict, records: str{{ c.paging_parameter }}) -> Iterator[list[dict]]:
#% if c.only_whole
        """Yield the records of a listing, which comes in one piece."""
        page = self.whole(path, params, records)
        if page:
            yield page
#% else
        """Yield the pages of a listing that hold records, one at a time.

        `records` is the path to the list of records in an answer.
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
        for number, page in enumerate(pages, start=1):
            if number % PAGES_PER_PROGRESS_LINE == 0:
                log.info(f"{path}: {number} pages so far")
            if page:
                yield page
#% endif

#% if c.styles.whole or c.any_feed
    def whole(self, path: str, params: dict, records: str) -> list[dict]:
        """Return a listing that comes in one piece."""
        return records_at(self.get(self.base_url + path, params{{ c.read_argument }}), records, path)

#% endif
#% if c.styles.page
    def _by_number(self, path: str, params: dict, records: str{{ c.page.parameter }}) -> Iterator[list[dict]]:
        """Yield pages by number until one is empty{{ c.page.until }}.

        A page with few records is not taken for the last: some sources fill pages unevenly.
        """
        param, number = {{ c.page.name }}.param, {{ c.page.name }}.first
        previous: list[dict] = []
        while True:
            body = self.get(self.base_url + path, {**params, param: number}{{ c.read_argument }})
            page = records_at(body, records, path)
            if page and page == previous:
                raise ApiError(f"{path}: page {number} repeats the one before; '{param}' is ignored")
            yield page
            if not page:
                return
#% if c.page.total_pages
            total = value_at(body, {{ c.page.name }}.total_pages){{ c.page.total_guard }}
            if total is not None and number - {{ c.page.name }}.first + 1 >= int(total):
                return
#% endif
#% if c.page.has_more
            more = value_at(body, {{ c.page.name }}.has_more){{ c.page.more_guard }}
            if more is not None and not more:
                return
#% endif
            number, previous = number + 1, page

#% endif
#% if c.styles.offset
    def _by_offset(self, path: str, params: dict, records: str{{ c.offset.parameter }}) -> Iterator[list[dict]]:
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
            yield page
            offset, previous = offset + len(page), page
            if not page:
                return
#% if c.offset.total
            total = value_at(body, {{ c.offset.name }}.total){{ c.offset.total_guard }}
            if total is not None and offset >= int(total):
                return
#% endif
#% if c.offset.has_more
            more = value_at(body, {{ c.offset.name }}.has_more){{ c.offset.more_guard }}
            if more is not None and not more:
                return
#% endif

#% endif
#% if c.styles.cursor
    def _by_cursor(self, path: str, params: dict, records: str{{ c.cursor.parameter }}) -> Iterator[list[dict]]:
        """Yield pages, each asked for with the cursor of the one before, until there is none."""
        param, asked = {{ c.cursor.name }}.param, params
        seen = set()
        while True:
            body = self.get(self.base_url + path, asked{{ c.read_argument }})
            page = records_at(body, records, path)
            yield page
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
    def _by_next_address(self, path: str, params: dict, records: str{{ c.next_url.parameter }}) -> Iterator[list[dict]]:
        """Yield pages, each at the address that the one before gives."""
        url, asked = self.base_url + path, params
        seen = set()
        while True:
            body = self.get(url, asked{{ c.read_argument }})
            page = records_at(body, records, path)
            yield page
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
    def _by_link_header(self, path: str, params: dict, records: str{{ c.link_header.parameter }}) -> Iterator[list[dict]]:
        """Yield pages, each at the address in the Link header of the one before."""
        url, asked = self.base_url + path, params
        seen = set()
        while True:
            body, links = self.get(url, asked, read_json_and_links)
            page = records_at(body, records, path)
            yield page
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
