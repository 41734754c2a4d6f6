def read_deletes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the keys of records whose files are gone or got shorter.

    What is saved has the version and the number of records of every file.
    """
#% if not c.all_shrinking
    if not table.shrinking:
        return
#% endif
    counts = dict(saved.get("files", {}))
    for (name, _), count in client.counted.items():
        # More than before may have been read by now, of a file that has changed once more since.
        if table.pattern.fullmatch(name) and count > counts.get(name, ("", 0))[1]:
            counts[name] = ["", count]
    files = {file.name: file for file in files_of(client, table)}
    if counts and not files:
        raise FileError(
            f"{table.name}: there is no file any more, but {len(counts)} were read before. "
            "Refusing to delete all records. If the files really are gone, remove the table's "
            "entry from the connection's state and sync again."
        )
    for name, (_, count) in list(counts.items()):
        if name not in files:
            for page in keys_of(name, 1, count):
                yield page, saved
            del counts[name]
    for file in files.values():
        version, count = counts.get(file.name, ("", 0))
        if version == file.version:
            continue
        try:
            found = count_records(client, table, file)
        except GoneError:
            # The next sync finds it gone.
            continue
        for page in keys_of(file.name, found + 1, count):
            yield page, saved
        counts[file.name] = [file.version, found]
    if counts != saved.get("files"):
        yield [], {"files": counts}


def count_records(client: Client, table: Table, file: StoredFile) -> int:
    """Return the number of records in a file, reading it only if this sync has not."""
    if (file.name, file.version) not in client.counted:
        for _ in read_file(client, table, file):
            # Reading it to its end counts it.
            continue
    return client.counted[file.name, file.version]


def keys_of(name: str, first: int, last: int) -> Iterator[list[dict]]:
    """Yield pages of the keys of some records of a file."""
    for start in range(first, last + 1, PAGE_RECORDS):
        lines = range(start, min(start + PAGE_RECORDS, last + 1))
        yield [{"_file": name, "_line": line} for line in lines]
