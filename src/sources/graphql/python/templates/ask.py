    def ask(self, name: str, query: str, variables: dict) -> dict:
        """Return the data that answers a query; `name` stands for the query in messages.

        An answer with errors is an error, also where it has data: what is in it is not all.
        """
#% if c.token
        try:
            return self._ask(name, query, variables)
        except ApiError as error:
            if error.status != 401 or not self._token:
                raise
        log.info("The token was refused before its time; fetching another")
        self._token = ""
        return self._ask(name, query, variables)

    def _ask(self, name: str, query: str, variables: dict) -> dict:
#% endif
        return self._send(
            lambda: self._session.post(
                self.base_url,
                json={"query": query, "variables": variables},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            ),
            name,
            lambda response: self._data(response, name),
        )

    def _data(self, response: requests.Response, name: str) -> dict:
        """Return the data of an answer without errors."""
        body = read_json(response)
        if not isinstance(body, dict):
            raise ApiError(f"{name}: the answer is none of GraphQL")
        errors = [error for error in body.get("errors") or [] if isinstance(error, dict)]
        codes = {str(value_at(error, "extensions.code")).upper() for error in errors}
        if codes & RETRIED_CODES:
            raise Throttled(", ".join(sorted(codes & RETRIED_CODES)))
        if body.get("errors"):
            message = f"{name}: the API answered with errors"
#% if c.credential_keys | length
            if codes & CREDENTIAL_CODES:
                message += f"; check the configuration's {CREDENTIAL_KEYS}"
#% endif
            text = "; ".join(problem_text(error) for error in errors[:3])
#% if c.secrets
            for secret in filter(None, self._secrets):
                text = text.replace(secret, "***")
#% endif
#% if c.error_status
            raise ApiError(f"{message}: {text}", 401 if "UNAUTHENTICATED" in codes else response.status_code)
#% else
            raise ApiError(f"{message}: {text}")
#% endif
        data = body.get("data")
        if not isinstance(data, dict):
            raise ApiError(f"{name}: the answer has neither data nor errors")
        return data

