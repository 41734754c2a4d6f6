
class Client:
    """A session with the web server. As a context manager it closes its connections at the end."""

    def __init__(self, configuration: dict):
        self._base_url = setting(configuration, "base_url").rstrip("/") + "/"
        self._session = requests.Session()
        # Compressed in transport, a file would not have the size that the server states.
        self._session.headers["Accept-Encoding"] = "identity"
#% if c.credentials == "password"
        self._session.auth = (setting(configuration, "user"), setting(configuration, "password"))
#% endif

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def list_files(self, prefix: str, levels: int | None) -> list[StoredFile]:
#% if c.manifest
        """Return the files of the manifest whose names begin with a text, at whatever depth."""
        names = dict.fromkeys(manifest_names(self._text({{ c.manifest | py }})))
        return [self._look(name) for name in names if name.startswith(prefix)]
#% else
        """Return the files whose names begin with a text, down to so many folders below it."""
        folder = prefix.rpartition("/")[0]
        files = []
        for name in self._walk(f"{folder}/" if folder else "", levels):
            if name.startswith(prefix):
                try:
                    files.append(self._look(name))
                except GoneError as error:
                    log.warning(f"{error}; it is left out")
        return files

    def _walk(self, folder: str, levels: int | None) -> Iterator[str]:
        """Yield the names that the page of a folder links to."""
        for name in linked_names(self._text(folder), self._base_url + quote(folder)):
            if not name.endswith("/"):
                yield folder + name
            elif levels is None:
                yield from self._walk(folder + name, None)
            elif levels > 0:
                yield from self._walk(folder + name, levels - 1)
#% endif

    def _look(self, name: str) -> StoredFile:
        return stored_file(name, self._retried("HEAD", name, lambda response: response.headers))

    def _text(self, name: str) -> str:
        return self._retried("GET", name, lambda response: response.content.decode("utf-8", "replace"))

    @contextmanager
    def copy(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Yield a copy of a file, all of which is of one version."""
        for _ in range(COPY_ATTEMPTS):
            with tempfile.TemporaryFile() as target:
                try:
                    self._copy(file.name, target)
                except ChangedError:
                    log.warning(f"{file.name} changed while it was copied, copying it again")
                    continue
                target.seek(0)
                yield target
                return
        raise FileError(f"{file.name} keeps changing while it is read; sync when it is complete")

    def _copy(self, name: str, target: BinaryIO) -> None:
        def save(response: requests.Response) -> StoredFile:
            target.seek(0)
            target.truncate()
            for chunk in response.iter_content(CHUNK_BYTES):
                target.write(chunk)
            stated = response.headers.get("Content-Length")
            if stated is not None and int(stated) != target.tell():
                raise requests.ConnectionError("the answer broke off")
            return stored_file(name, response.headers)

        if self._retried("GET", name, save) != self._look(name):
            raise ChangedError(name)

    def _retried(
        self, method: str, name: str, read: Callable[[requests.Response], Result]
    ) -> Result:
        """Read an answer, asking again after failures that may pass by themselves."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                with self._session.request(
                    method,
                    self._base_url + quote(name),
                    stream=True,
                    timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                ) as response:
                    if response.status_code == 200:
                        return read(response)
                    if response.status_code not in RETRIED_STATUSES:
                        raise refusal(name, response.status_code)
                    problem = f"status {response.status_code}"
            except TRANSIENT_ERRORS as error:
                problem = type(error).__name__
            if attempt < MAX_ATTEMPTS:
                delay = backoff_seconds(attempt)
                log.warning(f"{name}: {problem}, trying again in {delay:.1f} s")
                time.sleep(delay)
        raise FileError(f"{name}: {problem}, also after {MAX_ATTEMPTS} attempts")


def refusal(name: str, status: int) -> FileError:
    """Make the error for an answer that asking again would not change."""
    if status in (401, 403):
#% if c.credential_keys
        hint = f"; check the configuration's {CREDENTIAL_KEYS}"
#% else
        hint = "; it is not open to everybody"
#% endif
    elif name and status == 404:
        return GoneError(f"{name}: the server answered with status 404; check the configuration's base_url")
    else:
        hint = "; check the configuration's base_url" if status == 404 else ""
    return FileError(f"{name or 'the base address'}: the server answered with status {status}{hint}")


def stored_file(name: str, headers: "requests.structures.CaseInsensitiveDict") -> StoredFile:
    """Make a file of what the server says of it."""
    stated = headers.get("Last-Modified")
    modified = None if stated is None else parsedate_to_datetime(stated)
    if modified is not None and modified.tzinfo is None:
        modified = modified.replace(tzinfo=timezone.utc)
    size = headers.get("Content-Length", "")
    version = headers.get("ETag") or (f"{stated}-{size}" if stated else "")
    return StoredFile(name, modified, version)
#% if c.manifest


def manifest_names(text: str) -> list[str]:
    """Read a list of names: JSON (names, or objects with a `name`), or one name per line."""
    if text.lstrip().startswith("["):
        entries = json.loads(text)
        return [entry if isinstance(entry, str) else entry["name"] for entry in entries]
    return [line.strip() for line in text.splitlines() if line.strip()]
#% else


class LinkParser(html.parser.HTMLParser):
    """Collects the addresses that a page links to."""

    def __init__(self):
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]


def linked_names(page: str, address: str) -> list[str]:
    """Return the names right below a folder that its page links to; folders end with a slash."""
    parser = LinkParser()
    parser.feed(page)
    names: dict[str, None] = {}
    for link in parser.links:
        target = urljoin(address, link).partition("#")[0]
        name = target.removeprefix(address)
        # Links to the folder above, to other places, and to sort the page by are left out.
        if name and name != target and "/" not in name[:-1] and "?" not in name:
            names[unquote(name)] = None
    return list(names)
#% endif
