#% extends "database.py"
#% block limits

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 30
# One statement may take this long: a large table has to be sorted before its first row comes.
STATEMENT_TIMEOUT_SECONDS = 4 * 3600
#% block silence
#% endblock
# A server that restarts is back after some of these; the waits between them double from 2 seconds.
MAX_ATTEMPTS = 5
#% endblock
#% block passing_error


class PassingError(DatabaseError):
    """What failed may succeed when it is tried again: the connection broke, or the server was busy."""
#% endblock
#% block checks
    port = setting(configuration, "port")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("The configuration's 'port' is not a number from 1 to 65535")
    if setting(configuration, "tls") not in TLS_MODES:
        raise ValueError(f"The configuration's 'tls' is none of {', '.join(TLS_MODES)}")
#% if c.own_authority
    try:
        ssl.create_default_context(cadata=setting(configuration, "tls_ca"))
    except (ssl.SSLError, ValueError, TypeError):
        raise ValueError(
            "The configuration's 'tls_ca' is no certificate in PEM; it needs its line breaks, "
            "and its BEGIN and END lines"
        ) from None
#% endif
#% endblock
#% block snapshot
#% block memory
#% endblock

        What may pass by itself is waited for, but only before the first rows: to go on after them
        is up to who knows which they were.
#% endblock
#% block session
        for attempt in range(1, MAX_ATTEMPTS + 1):
            begun = False
            try:
                for rows in self._answer(table, query, values, size):
                    begun = True
                    yield rows
                return
            except PassingError as error:
                if begun or attempt == MAX_ATTEMPTS:
                    raise
                delay = 2**attempt
                log.warning(f"{error}; trying again in {delay} s")
                time.sleep(delay)

    def _answer(self, table: str, query: str, values: tuple, size: int) -> Iterator[list[tuple]]:
#% block answer
#% endblock

    def _connected(self) -> {{ driver }}.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

#% block connect
#% endblock
#% endblock
#% block functions
#% block helpers
#% endblock


def said(error: Exception) -> str:
    """Return the database's own words, on one line."""
    return " ".join(str({{ words or "error" }}).split())[:500] or type(error).__name__
#% endblock
