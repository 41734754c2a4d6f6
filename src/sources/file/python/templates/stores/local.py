
class Client:
    """The folder that the files are in."""

    def __init__(self, configuration: dict):
        self._root = Path(setting(configuration, "path"))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing has to be closed."""

    def list_files(self, prefix: str, levels: int | None) -> list[StoredFile]:
        """Return the files whose names begin with a text, down to so many folders below it."""
        folder = prefix.rpartition("/")[0]
        if not self._root.is_dir():
            raise FileError(f"{self._root} is not a folder; check the configuration's path")
        if not (self._root / folder).is_dir():
            return []
        try:
            files = list(self._walk(folder, levels))
        except OSError as error:
            raise FileError(f"{error.filename}: {error.strerror}") from error
        return [file for file in files if file.name.startswith(prefix)]

    def _walk(self, folder: str, levels: int | None) -> Iterator[StoredFile]:
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    yield self._look(name)
                elif levels is None:
                    yield from self._walk(name, None)
                elif levels > 0:
                    yield from self._walk(name, levels - 1)

    def _look(self, name: str) -> StoredFile:
        try:
            found = os.stat(self._root / name)
        except FileNotFoundError:
            raise GoneError(f"{name} is gone since it was listed") from None
        except OSError as error:
            raise FileError(f"{name}: {error.strerror}") from error
        modified = YEAR_1970 + timedelta(microseconds=found.st_mtime_ns // 1000)
        return StoredFile(name, modified, f"{found.st_mtime_ns}-{found.st_size}")

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
        before = self._look(name)
        try:
            with open(self._root / name, "rb") as source:
                size = os.fstat(source.fileno()).st_size
                shutil.copyfileobj(source, target, CHUNK_BYTES)
        except FileNotFoundError:
            raise GoneError(f"{name} is gone since it was listed") from None
        except OSError as error:
            raise FileError(f"{name}: {error.strerror}") from error
        if self._look(name) != before or target.tell() != size:
            raise ChangedError(name)
