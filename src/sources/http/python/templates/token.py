#% if c.auth == "oauth"
    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token on a request, fetching one first where none is valid for long enough."""
        if not self._token or time.monotonic() >= self._renew_at:
            self._fetch_token()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _fetch_token(self):
        self._token = ""
        form = {
            "grant_type": "client_credentials",
#% if c.oauth.scopes
            "scope": SCOPES,
#% endif
#% if c.oauth.client_auth == "body"
            "client_id": self._client_id,
            "client_secret": self._client_secret,
#% endif
        }
#% if c.oauth.client_auth == "basic"
        credentials = (self._client_id.encode(), self._client_secret.encode())
#% endif
        # Not through the session: its requests need the token that is fetched here.
        answer = self._send(
            lambda: requests.post(
                self._token_url,
                data=form,
#% if c.oauth.client_auth == "basic"
                auth=credentials,
#% endif
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            ),
            f"token request with {CREDENTIAL_KEYS}",
#% if c.reader_stated
            read_json,
#% endif
        )
        token = value_at(answer, "access_token")
        if not token:
            raise ApiError("token request: the answer has no access_token")
        self._token = str(token)
        self._secrets[1:] = [self._token]
        lifetime = float(value_at(answer, "expires_in") or DEFAULT_TOKEN_SECONDS)
        self._renew_at = time.monotonic() + lifetime * TOKEN_LIFE_SHARE

#% elif c.auth == "session"
    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the session's token on a request, logging in first where there is none."""
        if not self._token:
            self._log_in()
        request.headers[{{ c.login.header | py }}] = {{ c.login.text }}
        return request

    def _log_in(self):
        credentials = {
            {{ c.login.username_field | py }}: self._username,
            {{ c.login.password_field | py }}: self._password,
        }
        # Not through the session: its requests need the token that is fetched here.
        answer = self._send(
            lambda: requests.post(
                self.base_url + {{ c.login.path | py }},
                json=credentials,
#% if c.headers
                headers=HEADERS,
#% endif
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            ),
            f"login with {CREDENTIAL_KEYS}",
#% if c.reader_stated
            read_json,
#% endif
        )
        token = value_at(answer, {{ c.login.token_path | py }})
        if not token:
            raise ApiError({{ c.login.missing | py }})
        self._token = str(token)
        self._secrets[1:] = [self._token]

#% endif
