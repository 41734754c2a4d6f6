#% if c.cursor_capped
    def _note_time(self, response: requests.Response):
        """Note how far ahead of ours the API's clock is, if an answer tells: to the second."""
        with suppress(TypeError, ValueError):
            told = parsedate_to_datetime(response.headers.get("Date", ""))
            self.clock_ahead = told - datetime.now(timezone.utc)

#% endif
