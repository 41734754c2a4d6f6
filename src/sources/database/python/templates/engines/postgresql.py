#% extends "server.py"
#% set driver = "psycopg"
#% set no_tls = "does not support SSL"
#% set require_verifies = false
#% block driver
import certifi
import psycopg
from psycopg.types.string import TextLoader
#% endblock
#% block silence
# The server ends such a statement itself; one that does not even do that says nothing any more.
SILENCE_SECONDS = STATEMENT_TIMEOUT_SECONDS + 60
#% endblock
#% block engine
TLS_MODES = {"verify": "verify-full", "require": "require", "off": "disable"}
# So that times are written in UTC and in one way, whatever the user's own settings are.
SESSION_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "1",
    "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
}
#% if c.text_types
# Python's own times end at year 9999 and know no infinity; as text nothing is lost.
TEXT_TYPES = ({{ c.text_types }})
#% endif
# What may be otherwise when it is asked again: a connection that broke (which has no code), a
# conflict with another transaction, a server that restarts or has no connection left.
PASSING_STATES = (None, "40001", "40P01", "57P01", "57P02", "57P03", "53300")
# The same of a connection that does not come about; then there is but the text.
PASSING_REFUSALS = (
    "connection refused",
    "connection reset",
    "closed the connection",
    "starting up",
    "shutting down",
    "too many",
    "remaining connection slots",
)
# What a person can do, by words of the refusal; the first that fits.
ADVICE = {
    "authentication failed": "check the configuration's 'user' and 'password'",
    "does not match host name": "set the configuration's 'host' to a name in the server's certificate",
#% include "server/tls-advice.py"
}
#% endblock
#% block memory
        All come from one snapshot, and the server keeps what was not fetched yet: memory does
        not grow with the table.
#% endblock
#% block answer
        try:
            connection = self._connected()
            with connection.transaction(), connection.cursor(name="portions") as cursor:
                with limited(connection):
                    cursor.execute(query, values)
                while rows := fetched(connection, cursor, size):
                    yield rows
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseError(
                f"{table}: the configuration's 'user' may not read it; grant SELECT on it. "
                f"The database says: {said(error)}"
            ) from None
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            raise DatabaseError(
                f"{table}: the database has changed since this connector was made: {said(error)}"
            ) from None
        except TimeoutError as error:
            self._close()
            raise DatabaseError(f"{table}: {error}") from None
        except psycopg.Error as error:
            self._close()
            passing = isinstance(error, psycopg.OperationalError) and error.sqlstate in PASSING_STATES
            raise (PassingError if passing else DatabaseError)(f"{table}: {said(error)}") from None
#% endblock
#% block connect
    def _connect(self) -> psycopg.Connection:
        given = self._configuration
        tls = TLS_MODES[setting(given, "tls")]
        try:
#% if c.own_authority
            with authority_file(setting(given, "tls_ca")) as authority:
                connection = psycopg.connect(
#% else
            connection = psycopg.connect(
#% endif
                host=setting(given, "host"),
                port=setting(given, "port"),
                dbname=setting(given, "database"),
                user=setting(given, "user"),
                password=given["password"],
                sslmode=tls,
#% if c.own_authority
                sslrootcert=authority if tls == "verify-full" else None,
#% else
                # The library has no list of authorities of its own, nor looks for the system's.
                sslrootcert=certifi.where() if tls == "verify-full" else None,
#% endif
                gssencmode="disable",
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                application_name={{ c.name | py }},
                keepalives_idle=60,
                # Connections of a pooler do not keep prepared statements.
                prepare_threshold=None,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            passing = any(words in str(error).lower() for words in PASSING_REFUSALS)
            raise (PassingError if passing else DatabaseError)(self._refusal(error)) from None
        for name, value in SESSION_SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
#% if c.text_types
        for name in TEXT_TYPES:
            connection.adapters.register_loader(name, TextLoader)
#% endif
        return connection

    def _refusal(self, error: psycopg.OperationalError) -> str:
        """Say why there is no connection, and which keys to look at."""
        text = said(error).replace(self._configuration["password"], "***")
        return f"The database gives no connection; {advice(text)}. It says: {text}"
#% endblock
#% block helpers


def fetched(connection: psycopg.Connection, cursor: psycopg.ServerCursor, size: int) -> list[tuple]:
    """Return the next rows, at most `size`."""
    with limited(connection):
        return cursor.fetchmany(size)


@contextmanager
def limited(connection: psycopg.Connection) -> Iterator[None]:
    """Bound the wait for an answer: the driver itself would wait for ever."""
    expired = threading.Event()

    def hang_up() -> None:
        expired.set()
        line = socket.socket(fileno=connection.fileno())
        line.shutdown(socket.SHUT_RDWR)
        # It is the driver's, and stays open until the driver closes it.
        line.detach()

    timer = threading.Timer(SILENCE_SECONDS, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg.OperationalError:
        if expired.is_set():
            raise TimeoutError(f"the server has said nothing for {SILENCE_SECONDS} seconds") from None
        raise
    finally:
        timer.cancel()
#% if c.own_authority
#% include "server/authority-file.py"
#% endif
#% include "server/advice.py"
#% endblock
