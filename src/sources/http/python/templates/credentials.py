#% if c.auth == "header"

class HeaderCredential(AuthBase):
    """Sends a credential in a header.

    A plain session header would not do: requests lets a .netrc file override it.
    """

    def __init__(self, header: str, value: str):
        self.header = header
        self.value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self.header] = self.value
        return request

#% endif
#% if c.auth == "query"

class QueryCredential(AuthBase):
    """Sends a credential as a query parameter, unless the address has it already."""

    def __init__(self, parameter: str, value: str):
        self.parameter = parameter
        self.value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.parameter not in parse_qs(urlsplit(request.url).query, keep_blank_values=True):
            request.prepare_url(request.url, {self.parameter: self.value})
        return request

#% endif
