#% if c.token
#% if c.links
    def get(self, url: str, params: dict, read: Callable[[requests.Response], Any]) -> Any:
        """Answer a GET request with what `read` makes of it, if need be with a new token."""
        try:
            return self._get(url, params, read)
        except ApiError as error:
            if error.status != 401 or not self._token:
                raise
        log.info("The token was refused before its time; fetching another")
        self._token = ""
        return self._get(url, params, read)

    def _get(self, url: str, params: dict, read: Callable[[requests.Response], Any]) -> Any:
        return self._send(
            lambda: self._session.get(
                url, params=params, timeout=TIMEOUT_SECONDS, allow_redirects=False
            ),
            urlsplit(url).path,
            read,
        )
#% else
    def get(self, url: str, params: dict) -> Any:
        """Return the JSON that answers a GET request, if need be with a new token."""
        try:
            return self._get(url, params)
        except ApiError as error:
            if error.status != 401 or not self._token:
                raise
        log.info("The token was refused before its time; fetching another")
        self._token = ""
        return self._get(url, params)

    def _get(self, url: str, params: dict) -> Any:
        return self._send(
            lambda: self._session.get(
                url, params=params, timeout=TIMEOUT_SECONDS, allow_redirects=False
            ),
            urlsplit(url).path,
        )
#% endif
#% elif c.links
    def get(self, url: str, params: dict, read: Callable[[requests.Response], Any]) -> Any:
        """Answer a GET request with what `read` makes of it."""
        return self._send(
            lambda: self._session.get(
                url, params=params, timeout=TIMEOUT_SECONDS, allow_redirects=False
            ),
            urlsplit(url).path,
            read,
        )
#% else
    def get(self, url: str, params: dict) -> Any:
        """Return the JSON that answers a GET request."""
        return self._send(
            lambda: self._session.get(
                url, params=params, timeout=TIMEOUT_SECONDS, allow_redirects=False
            ),
            urlsplit(url).path,
        )
#% endif

