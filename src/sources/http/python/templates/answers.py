    def _refusal(self, response: requests.Response, name: str) -> ApiError:
        """Make the error for an answer that trying again would not change."""
        status = response.status_code
        message = f"{name}: the API answered with status {status}"
#% if c.credential_keys | length
        if status in (401, 403):
            message += f"; check the configuration's {CREDENTIAL_KEYS}"
#% endif
        if 300 <= status < 400:
            # Following it could take the request, and what it carries, to another host.
            message += "; redirects are not followed, check the configuration's base_url"
        text = " ".join(response.text.split())
#% if c.secrets
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "***")
#% endif
        if text:
            message += f"; it says: {text[:EXCERPT_CHARACTERS]}"
#% if c.error_status
        return ApiError(message, status)
#% else
        return ApiError(message)
#% endif
#% if c.rate_limit

    def _pace(self):
        """Wait until one more request keeps to the API's rate limit."""
        if len(self._sent) == RATE_LIMIT_REQUESTS:
            wait = self._sent[0] + RATE_LIMIT_SECONDS - time.monotonic()
            if wait > 0:
                time.sleep(wait)
        self._sent.append(time.monotonic())
#% endif


#% include "setting.py"


def validate_configuration(configuration: dict):
    """Check the configuration before anything is asked of the API.

#% include "keys-check.py"
#% if c.required | length
#% if c.ascii_credentials
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"The configuration's '{key}' has characters that a header cannot hold")
#% else
        if not value.isprintable():
            raise ValueError(f"The configuration's '{key}' has characters that are no text")
#% endif
#% endif
    if not is_web_address(setting(configuration, "base_url")):
        raise ValueError("The configuration's 'base_url' is not an http or https address")


#% include "web-address.py"


def read_json(response: requests.Response) -> Any:
#% if c.decimals
    """Decode a body, with fractions as exact decimals: a float would round them."""
    return response.json(parse_float=Decimal)
#% else
    """Decode a body."""
    return response.json()
#% endif


