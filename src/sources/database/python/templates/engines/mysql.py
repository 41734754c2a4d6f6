#% extends "server.py"
#% set driver = "pymysql"
#% set no_tls = "doesn't support it"
#% set require_verifies = false
#% block driver
import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import SSCursor
#% endblock
#% block engine
TLS_MODES = ("verify", "require", "off")
# So that times are in UTC, and that the server waits while rows are written elsewhere.
SESSION_SETTINGS = (
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION net_write_timeout = 3600",
)
# Errors of the server, by what a person can do about them.
REFUSED_LOGIN = (1045, 1044, 1698)
REFUSED_READ = (1142, 1143, 1227)
UNKNOWN_NAME = (1049, 1051, 1054, 1146)
# What may be otherwise when it is asked again: a connection that broke, a server that restarts or
# has no connection left, conflicts with other transactions.
PASSING = (2006, 2013, 2055, 1040, 1053, 1203, 1205, 1213, 1927, 4031)
#% if c.text_types
# Python's own times do not know 0000-00-00, and its driver turns a time of day into a duration.
TEXT_TYPES = ({{ c.text_types }})
#% endif
CHECK_LOGIN = "check the configuration's 'user', 'password' and 'database'"
# What a person can do, by words of the refusal; the first that fits.
ADVICE = {
    "mismatch": "set the configuration's 'host' to a name in the server's certificate",
#% include "server/tls-advice.py"
}
#% endblock
#% block memory
        All come from one snapshot, and are taken off the connection as they are needed: memory
        does not grow with the table.
#% endblock
#% block answer
        complete = False
        try:
            cursor = self._connected().cursor()
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            cursor.execute(query, values)
            while rows := cursor.fetchmany(size):
                yield rows
            cursor.execute("ROLLBACK")
            complete = True
        except pymysql.MySQLError as error:
            raise explained(error, table) from None
        finally:
            # Rows that nobody took would come in answer to the next query.
            if not complete:
                self._close()
#% endblock
#% block connect
    def _connect(self) -> pymysql.Connection:
        given = self._configuration
        try:
            connection = pymysql.connect(
                host=setting(given, "host"),
                port=int(setting(given, "port")),
                database=setting(given, "database"),
                user=setting(given, "user"),
                password=given["password"],
                charset="utf8mb4",
#% if c.own_authority
                ssl=tls_context(setting(given, "tls"), setting(given, "tls_ca")),
#% else
                ssl=tls_context(setting(given, "tls")),
#% endif
                ssl_disabled=setting(given, "tls") == "off",
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                read_timeout=STATEMENT_TIMEOUT_SECONDS,
                cursorclass=SSCursor,
#% if c.text_types
                conv={**conversions, **dict.fromkeys(TEXT_TYPES, str)},
#% endif
                autocommit=True,
            )
        except pymysql.MySQLError as error:
            raise (PassingError if may_pass(error) else DatabaseError)(self._refusal(error)) from None
        with connection.cursor() as cursor:
            for statement in SESSION_SETTINGS:
                cursor.execute(statement)
        return connection

    def _refusal(self, error: pymysql.MySQLError) -> str:
        """Say why there is no connection, and which keys to look at."""
        text = said(error).replace(self._configuration["password"], "***")
        refused = error.args[0] in REFUSED_LOGIN
        return (
            f"The database gives no connection; {CHECK_LOGIN if refused else advice(text)}. "
            f"It says: {text}"
        )
#% endblock
#% block helpers


def explained(error: Exception, table: str) -> DatabaseError:
    """Make the error for a query that failed, by what a person can do about it."""
    number = error.args[0] if error.args else 0
    if may_pass(error):
        return PassingError(f"{table}: {said(error)}")
#% include "server/refusals.py"


def may_pass(error: pymysql.MySQLError) -> bool:
    """Tell whether the same may succeed when it is tried again."""
    if isinstance(error.__context__, TimeoutError):
        # It has been waited for already.
        return False
    refused = isinstance(getattr(error, "original_exception", None), ConnectionError)
    return refused or (bool(error.args) and error.args[0] in PASSING)


#% if c.own_authority
def tls_context(mode: str, authority: str) -> ssl.SSLContext | None:
#% else
def tls_context(mode: str) -> ssl.SSLContext | None:
#% endif
    """Return how the connection is secured."""
    if mode == "off":
        return None
    context = ssl.create_default_context({{ "cadata=authority" if c.own_authority }})
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
#% include "server/advice.py"
#% endblock
