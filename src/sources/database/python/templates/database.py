"""Access to the database: one connection, which can only read."""

import logging
import socket
#% if c.engine == "sqlite"
import sqlite3
#% elif c.engine == "mysql" or c.own_authority
import ssl
#% endif
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
#% if c.engine == "sqlite" or c.authority_file
from pathlib import Path
#% endif
#% if c.authority_file
from tempfile import TemporaryDirectory
#% endif

#% if c.engine == "postgresql"
#% if not c.own_authority
import certifi
#% endif
import psycopg
#% if c.text_types
from psycopg.types.string import TextLoader
#% endif
#% elif c.engine == "mysql"
import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import SSCursor
#% elif c.engine == "sqlserver"
#% if not c.own_authority
import certifi
#% endif
import pytds
#% endif
#: body
#% if c.engine != "sqlite"

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 30
# One statement may take this long: a large table has to be sorted before its first row comes.
STATEMENT_TIMEOUT_SECONDS = 4 * 3600
#% if c.engine == "postgresql"
# The server ends such a statement itself; one that does not even do that says nothing any more.
SILENCE_SECONDS = STATEMENT_TIMEOUT_SECONDS + 60
#% endif
# A server that restarts is back after some of these; the waits between them double from 2 seconds.
MAX_ATTEMPTS = 5
#% else

# How long to wait for a writer that has locked the file.
LOCK_TIMEOUT_SECONDS = 60
#% endif

# Keys that have to be filled in, and what they are.
REQUIRED_KEYS = {
#% for key in c.required
    {{ key.key | py }}: {{ key.description | py }},
#% endfor
}
#% if c.defaults | length
DEFAULTS = {
#% for key in c.defaults
    {{ key.key | py }}: {{ key.default | py }},
#% endfor
}
#% endif
#% if c.engine == "postgresql"
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
#% elif c.engine == "mysql"
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
#% elif c.engine == "sqlserver"
TLS_MODES = ("verify", "require", "off")
REFUSED_LOGIN = (18456, 4060)
REFUSED_READ = (229, 230)
UNKNOWN_NAME = (207, 208)
# What may be otherwise when it is asked again: deadlocks, and what Azure says while it moves a database.
PASSING = (1205, 40197, 40501, 40613)
#% endif
#% if c.engine == "mysql"
CHECK_LOGIN = "check the configuration's 'user', 'password' and 'database'"
#% endif
#% if c.engine == "postgresql" or c.engine == "mysql"
# What a person can do, by words of the refusal; the first that fits.
ADVICE = {
#% if c.engine == "postgresql"
    "authentication failed": "check the configuration's 'user' and 'password'",
    "does not match host name": "set the configuration's 'host' to a name in the server's certificate",
#% else
    "mismatch": "set the configuration's 'host' to a name in the server's certificate",
#% endif
#% if c.own_authority
    "certificate verify failed": "check that the configuration's 'tls_ca' is the certificate of the "
    "authority that signed the server's",
#% else
    "certificate verify failed": "no public authority vouches for the server: have the connector built "
    "with the certificate of its own one as 'tls_ca', or set the configuration's 'tls' to 'require', "
    "which encrypts without knowing who answers",
#% endif
#% if c.engine == "postgresql"
    "does not support SSL": (
#% else
    "doesn't support it": (
#% endif
        "have TLS switched on at the server; 'off' as the configuration's 'tls' is for networks that "
        "nobody else is in"
    ),
}
#% endif


class DatabaseError(Exception):
    """The database cannot be read as it is asked to; the message says what to do."""
#% if c.engine != "sqlite"


class PassingError(DatabaseError):
    """What failed may succeed when it is tried again: the connection broke, or the server was busy."""
#% endif


def validate_configuration(configuration: dict) -> None:
    """Check the configuration before the database is asked anything.

#% if c.secrets
    Raises ValueError naming the key that is wrong. Values are never shown: they may be secret.
#% else
    Raises ValueError naming the key that is wrong.
#% endif
    """
    for key, meaning in REQUIRED_KEYS.items():
        value = configuration.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"The configuration's '{key}' is missing or blank: {meaning}")
        if value.strip().startswith("<") and value.strip().endswith(">"):
            raise ValueError(f"The configuration's '{key}' is still its placeholder: {meaning}")
#% if c.engine == "sqlite"
    if not Path(setting(configuration, "path")).is_file():
        raise ValueError("The configuration's 'path' is not a file that is there")
#% else
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
#% endif


def setting(configuration: dict, key: str) -> str:
#% if c.defaults | length
    """Return a configuration value, or its default where it is missing or blank."""
    return str(configuration.get(key) or "").strip() or DEFAULTS.get(key, "")
#% else
    """Return a configuration value."""
    return str(configuration.get(key) or "").strip()
#% endif


class Client:
    """Reads rows over a connection that is opened when it is needed."""

    def __init__(self, configuration: dict):
        self._configuration = configuration
        self._connection{{ c.connection_hint }} = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self._close()

    def portions(self, table: str, query: str, values: tuple, size: int) -> Iterator[list[tuple]]:
        """Yield the rows of a query, at most `size` at a time.

{{ c.portions_doc }}
#% if c.engine != "sqlite"

        What may pass by itself is waited for, but only before the first rows: to go on after them
        is up to who knows which they were.
#% endif
        """
#% if c.engine != "sqlite"
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
#% endif
#% if c.engine == "postgresql"
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

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

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
#% elif c.engine == "mysql"
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

    def _connected(self) -> pymysql.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

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
#% elif c.engine == "sqlite"
        try:
            cursor = self._connected().execute(query, values)
            while rows := cursor.fetchmany(size):
                yield rows
        except sqlite3.Error as error:
            raise DatabaseError(
                f"{table}: {error}; check that the configuration's 'path' is the database that this "
                "connector was made for"
            ) from None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            # The address of a file, in which `?` and `#` of its name are escaped.
            address = Path(setting(self._configuration, "path")).resolve().as_uri()
            self._connection = sqlite3.connect(
                f"{address}?mode=ro", uri=True, timeout=LOCK_TIMEOUT_SECONDS
            )
        return self._connection
#% else
        try:
            connection = self._connected()
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                while rows := cursor.fetchmany(size):
                    yield rows
        except pytds.Error as error:
            self._close()
            raise explained(error, table) from None

    def _connected(self) -> pytds.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> pytds.Connection:
        given = self._configuration
        tls = setting(given, "tls")
        try:
#% if c.own_authority
            with authority_file(setting(given, "tls_ca")) as authority:
                return pytds.connect(
#% else
            return pytds.connect(
#% endif
                dsn=setting(given, "host"),
                port=int(setting(given, "port")),
                database=setting(given, "database"),
                user=setting(given, "user"),
                password=given["password"],
                # With a list of authorities everything is encrypted, without one nothing is.
                cafile=None if tls == "off" else {{ "authority" if c.own_authority else "certifi.where()" }},
                validate_host=tls == "verify",
                login_timeout=CONNECT_TIMEOUT_SECONDS,
                timeout=STATEMENT_TIMEOUT_SECONDS,
                readonly=True,
                autocommit=True,
                appname={{ c.name | py }},
            )
        except (pytds.Error, OSError) as error:
            raise DatabaseError(self._refusal(error)) from None

    def _refusal(self, error: Exception) -> str:
        """Say why there is no connection, and which keys to look at."""
        number = getattr(error, "number", 0)
        keys = "'user', 'password' and 'database'" if number in REFUSED_LOGIN else (
            "'host', 'port', 'database', 'user', 'password' and 'tls'"
        )
        text = said(error).replace(self._configuration["password"], "***")
        return f"The database gives no connection; check the configuration's {keys}. It says: {text}"
#% endif

    def _close(self) -> None:
        """Let go of the connection; the next query opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()
#% if c.engine == "postgresql"


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
#% endif
#% if c.engine == "mysql" or c.engine == "sqlserver"


def explained(error: Exception, table: str) -> DatabaseError:
    """Make the error for a query that failed, by what a person can do about it."""
#% if c.engine == "mysql"
    number = error.args[0] if error.args else 0
    if may_pass(error):
        return PassingError(f"{table}: {said(error)}")
#% else
    number = getattr(error, "number", 0)
    if isinstance(error, pytds.ClosedConnectionError) or number in PASSING:
        return PassingError(f"{table}: {said(error)}")
#% endif
    if number in REFUSED_READ:
        return DatabaseError(
            f"{table}: the configuration's 'user' may not read it; grant SELECT on it. "
            f"The database says: {said(error)}"
        )
    if number in UNKNOWN_NAME:
        return DatabaseError(
            f"{table}: the database has changed since this connector was made: {said(error)}"
        )
    return DatabaseError(f"{table}: {said(error)}")
#% endif
#% if c.engine == "mysql"


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
#% endif
#% if c.authority_file


@contextmanager
def authority_file(certificate: str) -> Iterator[str]:
    """Give the driver a certificate as the file that it wants, for as long as it connects."""
    with TemporaryDirectory() as directory:
        path = Path(directory, "authority.pem")
        path.write_text(certificate, encoding="ascii")
        yield str(path)
#% endif
#% if c.engine == "postgresql" or c.engine == "mysql"


def advice(text: str) -> str:
    """Return what a person can do, by what is said of a connection that was refused."""
    for words, what in ADVICE.items():
        if words in text:
            return what
    return "check the configuration's 'host', 'port', 'database', 'user', 'password' and 'tls'"
#% endif
#% if c.engine != "sqlite"


def said(error: Exception) -> str:
    """Return the database's own words, on one line."""
    return " ".join(str(error).split())[:500] or type(error).__name__
#% endif
