#% extends "server.py"
#% set driver = "pytds"
#% set no_tls = "not supported by server"
#% set require_verifies = true
#% set words = 'getattr(error, "text", error)'
#% block driver
import certifi
import pytds
import pytds.tls
from cryptography import x509
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
#% endblock
#% block engine
TLS_MODES = ("verify", "require", "off")
REFUSED_LOGIN = (18456, 4060)
REFUSED_READ = (229, 230)
UNKNOWN_NAME = (207, 208)
# What may be otherwise when it is asked again: deadlocks, and what Azure says while it moves a database.
PASSING = (1205, 40197, 40501, 40613)
CHECK_LOGIN = "check the configuration's 'user', 'password' and 'database'"
# What a person can do, by words of the refusal; the first that fits.
ADVICE = {
    "does not match host name": "set the configuration's 'host' to a name in the server's certificate",
    "encryption enabled but it is required": "set the configuration's 'tls' to 'verify'",
#% include "server/tls-advice.py"
}
#% endblock
#% block memory
        They are taken off the connection as they are needed: memory does not grow with the
        table.
#% endblock
#% block answer
        try:
            connection = self._connected()
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                while rows := cursor.fetchmany(size):
                    yield rows
        except (pytds.Error, SSL.Error, OSError) as error:
            # A broken line cannot be closed in form.
            with suppress(SSL.Error, OSError):
                self._close()
            raise explained(error, table) from None
#% endblock
#% block connect
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
        except (pytds.Error, SSL.Error, OSError) as error:
            # Where the driver has given up after several tries, the last one's error is the cause.
            raise DatabaseError(self._refusal(error.__cause__ or error)) from None

    def _refusal(self, error: Exception) -> str:
        """Say why there is no connection, and which keys to look at."""
        text = said(error).replace(self._configuration["password"], "***")
        refused = getattr(error, "number", 0) in REFUSED_LOGIN
        return (
            f"The database gives no connection; {CHECK_LOGIN if refused else advice(text)}. "
            f"It says: {text}"
        )
#% endblock
#% block helpers


def explained(error: Exception, table: str) -> DatabaseError:
    """Make the error for a query that failed, by what a person can do about it."""
    number = getattr(error, "number", 0)
    broken = isinstance(error, (pytds.ClosedConnectionError, SSL.Error, ConnectionError))
    if broken or number in PASSING:
        return PassingError(f"{table}: {said(error)}")
#% include "server/refusals.py"


def issued_for(cert: crypto.X509, name: bytes) -> bool:
    """Tell whether a certificate is for the host that was asked for."""
    wanted = name.decode("ascii").lower()
    known = cert.to_cryptography()
    try:
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        # The way of old certificates, which have but one name.
        common = known.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return wanted in [str(one.value).lower() for one in common]
    try:
        return ip_address(wanted) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        sibling = f"*.{wanted.partition('.')[2]}"
        listed = [one.lower() for one in names.get_values_for_type(x509.DNSName)]
        return wanted in listed or sibling in listed


# The driver's own asks its TLS library for what that has no more: no name could be verified with it.
pytds.tls.validate_host = issued_for
#% if c.own_authority
#% include "server/authority-file.py"
#% endif
#% include "server/advice.py"
#% endblock
