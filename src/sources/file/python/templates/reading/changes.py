#% if c.any_following and c.any_adding
def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the records of files that are new or have changed, with what to save after each page."""
    if table.shrinking:
        return follow_files(client, table, saved)
    return read_new(client, table, saved)
#% endif
#% if c.any_adding
#% if c.any_following


def read_new(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Read what is new where nothing is deleted.

#% else
def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the records of files that are new or have changed, with what to save after each page.

#% endif
    What is saved names every file there is, so that none is missed that arrives late with an
    earlier time. A file is read whole or not at all.
    """
    before = saved.get("files", {})
    files = files_of(client, table)
    if not files:
        # Also where there were some: what is saved still names them, should they come back.
        raise no_file(table)
    read = {file.name: before[file.name] for file in files if file.name in before}
    pending = [file for file in files if {{ c.is_pending }}]
#% if c.any_replayed
    if pending{{ " and table.replayed" if not c.all_replayed else "" }}:
        # What comes after a late file may hold newer versions of its records: it is read again.
        pending = files[files.index(pending[0]) :]
#% endif
    unsaved = 0
    for file in pending:
        try:
            for page in read_file(client, table, file):
                unsaved += len(page)
                yield page, saved
        except GoneError as error:
            # As if it had gone before it was listed.
            log.warning(f"{error}; it is left out")
            read.pop(file.name, None)
            continue
        # The version that was listed: if there is another by now, it is read next time.
        read[file.name] = file.version
        if unsaved >= SAVE_AFTER_RECORDS:
            saved = {"files": dict(read)}
            yield [], saved
            unsaved = 0
    if read != saved.get("files"):
        yield [], {"files": read}
#% endif
#% if c.any_following


#% include "reading/following.py"
#% endif
