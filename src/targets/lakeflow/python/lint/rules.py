"""The rule table, the one source of every rule's severity, reason and remedy.

A blocker loses rows, leaks a secret or does not run; the rest is a warning. A finding may override the severity where its
case is milder.
"""

from typing import NamedTuple


class Rule(NamedTuple):
    severity: str
    title: str
    why: str
    mend: str


def _blocker(title, why, mend):
    return Rule("blocker", title, why, mend)


def _warning(title, why, mend):
    return Rule("warning", title, why, mend)


RULES = {
    "LF00": _warning(
        "the linter itself failed on a rule",
        "A rule of the linter could not be evaluated on this code, so it proves nothing.",
        "Report this as a bug of the linter, with the code that caused it.",
    ),
    # The interface
    "LF01": _blocker("files parse", "A file that does not parse cannot be merged or run.", "Correct the syntax."),
    "LF02": _blocker(
        "there is a connector class",
        "The pipeline makes an instance of one class; without it nothing runs.",
        "Define a class named <Source>LakeflowConnect that extends LakeflowConnect.",
    ),
    "LF03": _blocker(
        "every interface method is there",
        "The pipeline calls list_tables, get_table_schema, read_table_metadata and read_table.",
        "Define the missing method.",
    ),
    "LF04": _blocker(
        "interface methods take the interface's parameters",
        "The pipeline passes the arguments of the interface, in its order.",
        "Give the method the parameters of the interface, and defaults to any more of its own.",
    ),
    "LF05": _warning(
        "an unknown table is refused first",
        "A misspelt table must not look like one that exists, or cost requests before it is refused.",
        "Check table_name at the beginning of the method and raise ValueError.",
    ),
    # Schema and metadata
    "LF06": _warning(
        "structs instead of maps",
        "A map's values are of one type and its keys unknown: nested fields lose their types.",
        "Use a StructType with the fields the source has.",
    ),
    "LF07": _warning(
        "64-bit integers",
        "IntegerType holds 32 bits, and identifiers grow beyond them.",
        "Use LongType.",
    ),
    "LF08": _blocker(
        "an absent struct is None",
        "An empty dict for a StructType column fails the read of the table.",
        "Leave the value as the source gives it, None where it is absent.",
    ),
    "LF09": _blocker(
        "the ingestion type is one of the four",
        "The pipeline knows snapshot, cdc, cdc_with_deletes and append, and stops at anything else.",
        "Use one of the four.",
    ),
    "LF10": _blocker(
        "cdc has keys and a cursor",
        "Changes are merged by key in the order of the cursor: without either the table cannot be applied.",
        "Name primary_keys and cursor_field, or take the table in as a snapshot or by appending.",
    ),
    "LF11": _blocker(
        "primary keys are top-level columns",
        "The pipeline rejects a key inside a struct.",
        "Use a top-level column, or add one with the value.",
    ),
    "LF12": _blocker(
        "declared deletes can be read",
        "For cdc_with_deletes the pipeline starts a second stream that calls read_table_deletes.",
        "Define read_table_deletes, or declare the table as cdc.",
    ),
    # Reading
    "LF13": _blocker(
        "the offset is used",
        "A read that ignores where the last one ended repeats every row, and an appended table keeps each repetition.",
        "Start from start_offset, and treat None and {} alike.",
    ),
    "LF14": _blocker(
        "a snapshot is read to its end",
        "A snapshot table is read once and its offset thrown away: what a limit cuts off is lost, and counts as deleted.",
        "Read all rows of a snapshot, whatever max_records_per_batch says.",
    ),
    "LF15": _warning(
        "max_records_per_batch is honoured",
        "One batch of an incremental table must fit into memory, also when years are read for the first time.",
        "Stop at max_records_per_batch where the order allows it, and return an offset to go on from.",
    ),
    "LF16": _warning(
        "reading ends at the time of construction",
        "A source that gains rows while it is read is read without end.",
        "Remember the time in __init__ and return no rows once the stored cursor has reached it.",
    ),
    "LF17": _warning(
        "the cursor is not clamped to the time of construction",
        "A clamped cursor is not that of the rows that were read: they are read again, and an appended table keeps both.",
        "Store the cursor of the last row, and compare it with the time only to decide whether to read.",
    ),
    "LF18": _blocker(
        "a lookback is not stored",
        "A lookback that is taken off the stored offset goes back further each time, so reading never ends.",
        "Subtract it when asking, and store the cursor as it was read.",
    ),
    "LF19": _blocker(
        "rows come with a new offset",
        "Rows with the offset that was passed in fail the stream: an equal offset means that there was nothing.",
        "Return no rows with the offset that was passed in, or rows with a later one.",
    ),
    "LF20": _blocker(
        "numbers are compared as numbers",
        'As text "9" is after "10": the cursor stops moving, and rows are passed over.',
        "Compare the numbers, and turn them into text only where they are sent.",
    ),
    # The instance
    "LF21": _blocker(
        "the instance can be pickled",
        "The instance is pickled and sent to other machines, which locks, connections and open files do not survive.",
        "Open it where it is used, or leave it out in __getstate__.",
    ),
    # HTTP and security
    "LF22": _warning(
        "every request has a timeout",
        "Without one a silent server holds the pipeline for ever.",
        "Pass timeout=(connect, read) in seconds.",
    ),
    "LF23": _warning(
        "TLS is used and verified",
        "Without it credentials and data can be read or changed on the way.",
        "Use https and leave certificate verification on.",
    ),
    "LF24": _blocker(
        "no failure is swallowed",
        "A failure that is passed over looks like an empty or odd table, and the offset moves on.",
        "Let the exception end the read.",
    ),
    "LF25": _blocker(
        "no credential in the code",
        "Code is shared and kept in version control; a credential in it is public.",
        "Read it from the options, and revoke the one that was written down.",
    ),
    "LF26": _blocker(
        "no secret in logs or messages",
        "Logs are kept and read by people who must not know the credential.",
        "Name the option, never its value.",
    ),
    "LF27": _warning(
        "nothing that came from outside is executed",
        "eval, exec, pickle and yaml.load run what the data says.",
        "Parse data with json, ast.literal_eval or yaml.safe_load.",
    ),
    # Options
    "LF28": _warning(
        "options that are read are allowed",
        "Only options of the allow-list reach the connector: others are refused or not there.",
        "Add the option to external_options_allowlist.",
    ),
    "LF29": _warning(
        "options that are allowed are read",
        "An option that nothing reads promises something that does not happen.",
        "Remove it from external_options_allowlist, or read it.",
    ),
    # Merging and packaging
    "LF30": _blocker(
        "no future imports",
        "All files are merged into one, where a `from __future__` import is no longer at the top.",
        "Remove the import; write types so that they need none.",
    ),
    "LF31": _warning(
        "no main block",
        "The merged file is run by the pipeline, and a main block in it runs there.",
        "Remove the block; tests belong in a file of their own.",
    ),
    "LF32": _blocker(
        "imports of own modules survive merging",
        "In the merged file the other modules do not exist: only plain names of theirs are there.",
        "Write `from module import name` at the top of the file, without another name and without a relative path.",
    ),
    "LF33": _blocker(
        "global names are there once",
        "In the merged file the later definition silently takes the place of the earlier one, also for its callers.",
        "Rename one of the two, or import it.",
    ),
    "LF34": _blocker(
        "pyspark is not a run-time requirement",
        "The cluster has its own, and another version beside it breaks the installation.",
        "Remove the line, or move it to the development requirements.",
    ),
}
