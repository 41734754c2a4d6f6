"""Access to the database: one connection, which can only read."""

#% if c.engine == "sqlite"
import sqlite3
#% elif c.engine == "mysql"
import ssl
#% endif
from collections.abc import Iterator
#% if c.engine == "sqlite"
from pathlib import Path
#% endif

#% if c.engine == "postgresql"
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
import certifi
import pytds
#% endif
#: body
#% if c.engine != "sqlite"

CONNECT_TIMEOUT_SECONDS = 30
# One statement may take this long: a large table has to be sorted before its first row comes.
STATEMENT_TIMEOUT_SECONDS = 4 * 3600
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
LOST_CONNECTION = (2006, 2013, 2055, 1053, 1927, 4031)
#% if c.text_types
# Python's own times do not know 0000-00-00, and its driver turns a time of day into a duration.
TEXT_TYPES = ({{ c.text_types }})
#% endif
#% elif c.engine == "sqlserver"
TLS_MODES = ("verify", "require", "off")
REFUSED_LOGIN = (18456, 4060)
REFUSED_READ = (229, 230)
UNKNOWN_NAME = (207, 208)
#% endif


class DatabaseError(Exception):
    """The database cannot be read as it is asked to; the message says what to do."""
#% if c.engine != "sqlite"


class LostConnectionError(DatabaseError):
    """The connection broke while rows were read."""
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
        """
#% if c.engine == "postgresql"
        try:
            connection = self._connected()
            with connection.transaction(), connection.cursor(name="portions") as cursor:
                cursor.execute(query, values)
                while rows := cursor.fetchmany(size):
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
        except psycopg.Error as error:
            lost = self._connection is not None and self._connection.broken
            self._close()
            kind = LostConnectionError if lost else DatabaseError
            raise kind(f"{table}: {said(error)}") from None

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection:
        given = self._configuration
        tls = TLS_MODES[setting(given, "tls")]
        try:
            connection = psycopg.connect(
                host=setting(given, "host"),
                port=setting(given, "port"),
                dbname=setting(given, "database"),
                user=setting(given, "user"),
                password=given["password"],
                sslmode=tls,
                # What the operating system trusts; libpq has no list of its own.
                sslrootcert="system" if tls == "verify-full" else None,
                gssencmode="disable",
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                application_name={{ c.name | py }},
                keepalives_idle=60,
                # Connections of a pooler do not keep prepared statements.
                prepare_threshold=None,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise DatabaseError(self._refusal(error)) from None
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
        keys = "'user' and 'password'" if "authentication failed" in text else (
            "'host', 'port', 'database', 'user', 'password' and 'tls'"
        )
        return f"The database gives no connection; check the configuration's {keys}. It says: {text}"
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
                ssl=tls_context(setting(given, "tls")),
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
            raise DatabaseError(self._refusal(error)) from None
        with connection.cursor() as cursor:
            for statement in SESSION_SETTINGS:
                cursor.execute(statement)
        return connection

    def _refusal(self, error: pymysql.MySQLError) -> str:
        """Say why there is no connection, and which keys to look at."""
        keys = "'user' and 'password'" if error.args[0] in REFUSED_LOGIN else (
            "'host', 'port', 'database', 'user', 'password' and 'tls'"
        )
        text = said(error).replace(self._configuration["password"], "***")
        return f"The database gives no connection; check the configuration's {keys}. It says: {text}"
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
            return pytds.connect(
                dsn=setting(given, "host"),
                port=int(setting(given, "port")),
                database=setting(given, "database"),
                user=setting(given, "user"),
                password=given["password"],
                # With a list of authorities everything is encrypted, without one nothing is.
                cafile=None if tls == "off" else trusted_authorities(),
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
#% if c.engine == "mysql" or c.engine == "sqlserver"


def explained(error: Exception, table: str) -> DatabaseError:
    """Make the error for a query that failed, by what a person can do about it."""
#% if c.engine == "mysql"
    number = error.args[0] if error.args else 0
    if number in LOST_CONNECTION:
        return LostConnectionError(f"{table}: {said(error)}")
#% else
    number = getattr(error, "number", 0)
    if isinstance(error, pytds.ClosedConnectionError):
        return LostConnectionError(f"{table}: {said(error)}")
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


def tls_context(mode: str) -> ssl.SSLContext | None:
    """Return how the connection is secured."""
    if mode == "off":
        return None
    context = ssl.create_default_context()
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
#% elif c.engine == "sqlserver"


def trusted_authorities() -> str:
    """Return the file with the certificates that are trusted."""
    return certifi.where()
#% endif
#% if c.engine != "sqlite"


def said(error: Exception) -> str:
    """Return the database's own words, on one line."""
    return " ".join(str(error).split())[:500]
#% endif
