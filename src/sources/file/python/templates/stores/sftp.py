
class Client:
    """A connection to the SFTP server. As a context manager it is closed at the end."""

    def __init__(self, configuration: dict):
        self._host = setting(configuration, "host")
        self._port = int(setting(configuration, "port"))
        self._user = setting(configuration, "user")
#% if c.credentials == "private_key"
        self._private_key = private_key(configuration)
#% else
        self._password = setting(configuration, "password")
#% endif
        self._host_key = host_key(configuration)
        self._root = setting(configuration, "path").rstrip("/")
        self._ssh: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._disconnect()

    def list_files(self, prefix: str, levels: int | None) -> list[StoredFile]:
        """Return the files whose names begin with a text, down to so many folders below it."""
        folder = prefix.rpartition("/")[0]
        if folder:
            # Without its root nothing is to be had; a folder below it may come later.
            self._entries("")
        try:
            files = list(self._walk(folder, levels))
        except FileNotFoundError:
            return []
        return [file for file in files if file.name.startswith(prefix)]

    def _walk(self, folder: str, levels: int | None) -> Iterator[StoredFile]:
        for entry in self._entries(folder):
            name = f"{folder}/{entry.filename}" if folder else entry.filename
            if not stat.S_ISDIR(entry.st_mode or 0):
                yield stored_file(name, entry)
            elif levels is None:
                yield from self._walk(name, None)
            elif levels > 0:
                yield from self._walk(name, levels - 1)

    def _entries(self, folder: str) -> list[paramiko.SFTPAttributes]:
        path = self._path(folder)
        try:
            return self._retried(path, lambda sftp: sftp.listdir_attr(path))
        except FileNotFoundError:
            if folder:
                raise
            raise FileError(f"there is no folder {path}; check the configuration's path") from None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root or "."

    @contextmanager
    def copy(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Yield a copy of a file, all of which is of one version."""
        for _ in range(COPY_ATTEMPTS):
            with tempfile.TemporaryFile() as target:
                try:
                    self._retried(file.name, lambda sftp: self._copy(sftp, file.name, target))
                except ChangedError:
                    log.warning(f"{file.name} changed while it was copied, copying it again")
                    continue
                except FileNotFoundError:
                    raise GoneError(f"{file.name} is gone since it was listed") from None
                target.seek(0)
                yield target
                return
        raise FileError(f"{file.name} keeps changing while it is read; sync when it is complete")

    def _copy(self, sftp: paramiko.SFTPClient, name: str, target: BinaryIO) -> None:
        path = self._path(name)
        before = sftp.stat(path)
        target.seek(0)
        target.truncate()
        with sftp.open(path, "rb") as source:
            source.prefetch(max_concurrent_requests=64)
            shutil.copyfileobj(source, target, CHUNK_BYTES)
        if stored_file(name, sftp.stat(path)) != stored_file(name, before):
            raise ChangedError(name)
        if before.st_size not in (None, target.tell()):
            raise EOFError("the file ended before its size")

    def _retried(self, what: str, action: Callable[[paramiko.SFTPClient], Result]) -> Result:
        """Do something with a connection, with a new one after failures that may pass by themselves."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return action(self._connected())
            except FileError:
                raise
            except PermissionError:
                raise FileError(f"{what}: the server does not allow {self._user} to read it") from None
            except TRANSIENT_ERRORS as error:
                problem = type(error).__name__
                self._disconnect()
            if attempt < MAX_ATTEMPTS:
                delay = backoff_seconds(attempt)
                log.warning(f"{what}: {problem}, trying again in {delay:.1f} s")
                time.sleep(delay)
        raise FileError(f"{what}: {problem}, also after {MAX_ATTEMPTS} attempts")

    def _connected(self) -> paramiko.SFTPClient:
        if self._sftp is not None:
            return self._sftp
        self._ssh = paramiko.SSHClient()
        known_as = self._host if self._port == 22 else f"[{self._host}]:{self._port}"
        self._ssh.get_host_keys().add(known_as, self._host_key.get_name(), self._host_key)
        self._ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            self._ssh.connect(
                self._host,
                self._port,
                self._user,
#% if c.credentials == "private_key"
                pkey=self._private_key,
#% else
                password=self._password,
#% endif
                timeout=CONNECT_SECONDS,
                banner_timeout=CONNECT_SECONDS,
                auth_timeout=SILENCE_SECONDS,
                # Keys of the machine that the connector happens to run on are none of its business.
                allow_agent=False,
                look_for_keys=False,
            )
        except paramiko.BadHostKeyException:
            message = "the server's key is not the one in the configuration's host_key"
            raise FileError(f"{self._host}: {message}; this may be another server") from None
        except paramiko.AuthenticationException:
            message = "the server refused to log in"
            raise FileError(f"{self._host}: {message}; check the configuration's {CREDENTIAL_KEYS}") from None
        self._sftp = self._ssh.open_sftp()
        self._sftp.get_channel().settimeout(SILENCE_SECONDS)
        return self._sftp

    def _disconnect(self) -> None:
        if self._ssh is not None:
            self._ssh.close()
        self._ssh = self._sftp = None


def stored_file(name: str, found: paramiko.SFTPAttributes) -> StoredFile:
    """Make a file of what the server says of it. Its times are whole seconds."""
    seconds = found.st_mtime or 0
    return StoredFile(name, YEAR_1970 + timedelta(seconds=seconds), f"{seconds}-{found.st_size}")


def host_key(configuration: dict) -> paramiko.PKey:
    """Return the key that the server must have."""
    kind, _, text = setting(configuration, "host_key").partition(" ")
    try:
        return paramiko.PKey.from_type_string(kind, b64decode(text.split(" ")[0], validate=True))
    except (Base64Error, ValueError, paramiko.SSHException, paramiko.UnknownKeyType):
        raise ValueError(
            "The configuration's 'host_key' is not a public key, such as 'ssh-ed25519 AAAA...': "
            "ssh-keyscan shows it"
        ) from None
#% if c.credentials == "private_key"


def private_key(configuration: dict) -> paramiko.PKey:
    """Return the key to log in with."""
    text = setting(configuration, "private_key") + "\n"
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(text))
        except (ValueError, paramiko.SSHException):
            continue
    raise ValueError("The configuration's 'private_key' is not a private key without a passphrase")
#% endif
