#% if c.any_adding
def follow_files(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Read what is new, and what is gone with its files or from their ends.

#% else
def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the records of files that are new or have changed, with what to save after each page.

#% endif
    A record that is gone comes as its key alone. What is saved names every file there is, with its
    version and how many of its records may have been sent. Before anything of a file is sent, it
    is saved without a version: should this sync end half way, the next one makes it good. A file
    is read whole or not at all.
    """
    files = files_of(client, table)
    if not files:
        # Also where there were some: what is saved still names them, should they come back.
        raise no_file(table)
    # Of what was saved before files were followed the number of records is not known.
    known = {
        name: entry if isinstance(entry, list) else ["", 0]
        for name, entry in saved.get("files", {}).items()
    }
    versions = {file.name: file.version for file in files}
    doubtful = [
        name for name, (version, _) in known.items() if version and versions.get(name) != version
    ]
    if doubtful:
        known.update({name: ["", known[name][1]] for name in doubtful})
        saved = {"files": dict(known)}
        yield [], saved
    for name in [name for name in known if name not in versions]:
        _, count = known.pop(name)
        for page in keys_of(name, 1, count):
            yield page, saved
    sent = {name: count for name, (_, count) in known.items()}
    pending = [file for file in files if file.name not in known or known[file.name][0] == ""]
    for records, counts, done in portions_of(client, table, pending):
        more = {
            name: ["", count]
            for name, count in counts.items()
            if name not in known or count > known[name][1]
        }
        if more:
            known.update(more)
            saved = {"files": dict(known)}
            yield [], saved
        for file in done:
            count = counts[file.name]
            for page in keys_of(file.name, count + 1, sent.get(file.name, 0)):
                yield page, saved
            # The version that was listed: if there is another by now, it is read next time.
            known[file.name] = [file.version, count]
        saved = {"files": dict(known)}
        yield records, saved
    if known != saved.get("files"):
        yield [], {"files": known}


def portions_of(
    client: Client, table: Table, files: list[StoredFile]
) -> Iterator[tuple[list[dict], dict[str, int], list[StoredFile]]]:
    """Yield the records of files, those of small ones together, with two things to know.

    Per file, how many of its records have come by now; and the files that are complete with it.
    """
    records, counts, done = [], {}, []
    for file in files:
        count = 0
        try:
            for page in read_file(client, table, file):
                records += page
                count += len(page)
                counts[file.name] = count
                if len(records) >= PAGE_RECORDS:
                    yield records, counts, done
                    records, counts, done = [], {}, []
        except GoneError as error:
            # As if it had gone before it was listed.
            log.warning(f"{error}; it is left out")
            continue
        except FileError:
            # What came before it has not to wait until it can be read.
            yield records, counts, done
            raise
        counts[file.name] = count
        done.append(file)
    if done:
        yield records, counts, done


def keys_of(name: str, first: int, last: int) -> Iterator[list[dict]]:
    """Yield pages of the keys of some records of a file."""
    for start in range(first, last + 1, PAGE_RECORDS):
        lines = range(start, min(start + PAGE_RECORDS, last + 1))
        yield [{"_file": name, "_line": line} for line in lines]


def is_deleted(table: Table, record: dict) -> bool:
    """Tell whether a record is only the key of one that is gone."""
    return {{ "" if c.all_following else "table.shrinking and " }}"_modified" not in record
