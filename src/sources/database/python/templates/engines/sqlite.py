#% extends "database.py"
#% set driver = "sqlite3"
#% block limits

# How long to wait for a writer that has locked the file.
LOCK_TIMEOUT_SECONDS = 60
#% endblock
#% block checks
    if not Path(setting(configuration, "path")).is_file():
        raise ValueError("The configuration's 'path' is not a file that is there")
#% endblock
#% block snapshot
        All come from one snapshot, and are read off the file as they are needed: memory does
        not grow with the table.
#% endblock
#% block session
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
#% endblock
