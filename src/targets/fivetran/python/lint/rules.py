"""The rule table, the one source of every rule's severity, reason and remedy.

A blocker breaks a sync, loses rows or leaks a secret; the rest is a warning. A finding may override the severity where
its case is milder or surer. `checked` is False where code alone cannot tell, with the reason in `why`.
"""

from typing import NamedTuple


class Rule(NamedTuple):
    severity: str
    title: str
    why: str
    mend: str
    checked: bool = True


def _blocker(title, why, mend):
    return Rule("blocker", title, why, mend)


def _warning(title, why, mend):
    return Rule("warning", title, why, mend)


def _unchecked(title, why):
    return Rule("warning", title, why, "", False)


RULES = {
    "SF00": _warning(
        "the linter itself failed on a rule",
        "A rule of the linter could not be evaluated on this code, so it proves nothing.",
        "Report this as a bug of the linter, with the code that caused it.",
    ),
    # Structure
    "SF01": _blocker(
        "files parse, and importing them does nothing else",
        "The platform imports connector.py before the SDK is ready: a log call or a request at import time ends the sync.",
        "Correct the syntax, or move the statement into update() or schema().",
    ),
    "SF02": _blocker(
        "connector.py in the root defines `connector = Connector(update=…)`",
        "The platform runs `from connector import connector`; any other file or name is not found.",
        "Define `connector = Connector(update=update, schema=schema)` at module level of connector.py.",
    ),
    "SF03": _blocker(
        "update(configuration, state) with both parameters, returning nothing",
        "The SDK calls update with the keywords configuration and state, and ignores what it returns.",
        "Write `def update(configuration: dict, state: dict):` and send rows with op.upsert.",
    ),
    "SF04": _warning(
        "schema(configuration) is present",
        "Without a schema no table has a primary key, so rows are keyed by a hash of their values.",
        "Add `def schema(configuration: dict)` returning the tables with their primary keys, and pass it to Connector.",
    ),
    "SF05": _warning(
        "the configuration is validated first, values included",
        "A missing or blank value otherwise surfaces later as an obscure error or an empty sync.",
        "Call validate_configuration(configuration) first in update and raise ValueError naming the key that is missing or blank.",
    ),
    "SF06": _blocker(
        "operations are called, not yielded",
        "A function containing yield is a generator: called without iterating over it, it does nothing at all.",
        "Call op.upsert and op.checkpoint as plain statements and remove the yield.",
    ),
    "SF07": _blocker(
        "a data operation and a checkpoint are reachable from update",
        "A sync that sends no row or never checkpoints delivers nothing.",
        "Call op.upsert for the rows and op.checkpoint(state) after them, in update or in functions it calls.",
    ),
    "SF08": _warning(
        "plain dict and list hints on update and schema",
        "Operations return None; generator or operation types promise something the SDK does not use.",
        "Annotate with `configuration: dict, state: dict` and no return type.",
    ),
    "SF09": _warning(
        "the main block passes a configuration",
        "connector.debug() without a configuration has ended with an error since SDK 2.11.",
        "Load configuration.json in the main block and call connector.debug(configuration=configuration).",
    ),
    "SF10": _blocker(
        "no exit()",
        "Ending the process from inside a sync can leave the sync hanging instead of failed.",
        "Raise an exception with a clear message.",
    ),
    "SF11": _blocker(
        "configuration.json is not opened by update or schema",
        "The file is not deployed: the values arrive as the configuration argument.",
        "Read values from the configuration argument; open the file only in the main block, by its relative name.",
    ),
    "SF12": _blocker(
        "no double-underscore module names inside classes",
        "Python renames __X inside a class body to _Class__X, so the module's __X is not found: a NameError when reached.",
        "Name the constant with one underscore or none.",
    ),
    # Schema and data
    "SF13": _blocker(
        "schema entries are well-formed",
        "The SDK refuses unknown types and entries without a table, and silently ignores keys it does not know.",
        "Use only table, primary_key (list) and columns (name to type); DECIMAL as a dict with precision and scale.",
    ),
    "SF14": _warning(
        "every table has a primary key",
        "Without a key a hash of all values is the key, so a changed row arrives as a second row.",
        "Give primary_key the columns that identify a row at the source.",
    ),
    "SF15": _unchecked(
        "not every column is typed",
        "Published guidance contradicts itself on typing every column, so neither choice is reported.",
    ),
    "SF16": _blocker(
        "tables written are the tables declared",
        "A name that differs from the schema makes a second table without the declared key and types.",
        "Use the same table name in schema() and in the operation, best from one constant.",
    ),
    "SF17": _warning(
        "no reserved words as table or column names",
        "The platform's own local tester does not create such a table and reports no error; deployed it works.",
        "Rename it, for example by a suffix, or test with a tool that quotes identifiers.",
    ),
    "SF18": _blocker(
        "no column begins with _fivetran_",
        "These names belong to the platform's own columns and collide with them.",
        "Choose another column name.",
    ),
    "SF19": _warning(
        "amounts and coordinates are DOUBLE or DECIMAL",
        "FLOAT is a 32-bit number: 0.1 arrives as 0.10000000149.",
        "Declare DOUBLE, or DECIMAL with precision and scale for money.",
    ),
    "SF20": _blocker(
        "no json.dumps into a JSON column",
        "JSON columns are encoded by the SDK; a string that is JSON already is encoded twice and arrives with backslashes.",
        "Pass the dict or list itself.",
    ),
    "SF21": _blocker(
        "UTC_DATETIME values carry a zone",
        "The SDK refuses a time text without zone in a UTC_DATETIME column.",
        "Use datetime.now(timezone.utc).isoformat() or a format ending in %z or Z, or declare NAIVE_DATETIME.",
    ),
    "SF22": _warning(
        "every upsert of a table sends the same columns",
        "An upsert replaces the row: columns that are left out become NULL.",
        "Send all columns each time, or use op.update for a partial change.",
    ),
    "SF23": _blocker(
        "the primary key is in every row",
        "A row without its key columns cannot be placed and is refused.",
        "Add the key columns to the row.",
    ),
    "SF24": _warning(
        "truncate comes before the rows, delete carries the key only",
        "Truncate removes every row sent before it; delete needs the key columns and nothing else.",
        "Call op.truncate before the first upsert of the table; pass exactly the key columns to op.delete.",
    ),
    # State
    "SF25": _blocker(
        "state moves after the rows it covers",
        "If the sync ends between the checkpoint and the rows, the next one starts behind them and they are lost.",
        "Send the rows first, then change the state, then checkpoint.",
    ),
    "SF26": _blocker(
        "rows are followed by a checkpoint",
        "Rows after the last checkpoint are not safely delivered, and a sync that stops has to start over.",
        "Call op.checkpoint(state) after each page or every few thousand rows, and once after the last row.",
    ),
    "SF27": _warning(
        "no checkpoint for every row",
        "Each checkpoint flushes and waits, so one per row makes a sync slower by orders of magnitude.",
        "Checkpoint after each page or every few thousand rows.",
    ),
    "SF28": _warning(
        "the state is used",
        "A connector that stores a position and never reads it moves everything again in every sync.",
        "Read the cursor with state.get(key, start) and ask the source only for what is newer.",
    ),
    "SF29": _warning(
        "the cursor comparison keeps ties",
        "Rows that share the cursor's value with the last row seen are skipped by a strict comparison.",
        "Use >= (upserts make repeats harmless), or compare cursor and key together.",
    ),
    "SF30": _blocker(
        "the state is serialisable and holds no secret",
        "State is stored as JSON and not encrypted.",
        "Keep only cursors in the state, as text or numbers.",
    ),
    "SF31": _warning(
        "state keys are read with a default",
        "The state is empty in the first sync and after a full re-sync, so state[key] raises KeyError.",
        "Use state.get(key, default).",
    ),
    "SF32": _blocker(
        "loops end",
        "A loop that nothing ends keeps the sync running until the platform stops it.",
        "Break when a page is empty, when there is no next page, or when the cursor repeats.",
    ),
    # HTTP and resources
    "SF33": _warning(
        "every request has a timeout",
        "Without one a silent server holds the sync for ever.",
        "Pass timeout=(connect, read) in seconds.",
    ),
    "SF34": _blocker(
        "requests are retried with growing waits",
        "Rate limits and brief outages are normal, and without a retry each of them fails the sync.",
        "Retry timeouts, connection errors, 429 and 5xx three to five times with exponential waits, honouring Retry-After.",
    ),
    "SF35": _blocker(
        "client errors are not retried",
        "A wrong credential stays wrong: retrying delays the message and can lock the account.",
        "Fail at once on 400, 401, 403 and 404; retry only 429, 5xx, timeouts and connection errors.",
    ),
    "SF36": _blocker(
        "the status of every response is checked",
        "An error page read as data looks like an empty result, and rows go missing silently.",
        "Call response.raise_for_status() or examine response.status_code before reading the body.",
    ),
    "SF37": _blocker(
        "nothing unbounded in memory",
        "The container has 1 GB: a full table in memory ends in syncs that are rescheduled for ever.",
        "Send each page as it arrives; read databases with fetchmany and large files in chunks.",
    ),
    "SF38": _warning(
        "files and connections are closed",
        "What stays open adds up over a sync and can exhaust the source's connections.",
        "Use a with statement, or close in finally.",
    ),
    "SF39": _warning(
        "specific exceptions are caught",
        "A broad handler that goes on hides mistakes in the code as well as failures of the source.",
        "Catch the exceptions you expect, or re-raise.",
    ),
    "SF40": _blocker(
        "no failure is swallowed",
        "A failure that is passed over while the state moves on loses rows without a trace.",
        "Let the exception end the sync, or leave the state where it was for the part that failed.",
    ),
    # Security and logging
    "SF41": _blocker(
        "no credential in the code",
        "Code is shared and kept in version control; a credential in it is public.",
        "Read it from the configuration, and revoke the one that was written down.",
    ),
    "SF42": _blocker(
        "no secret in logs or messages",
        "Logs are kept and read by people who must not know the credential.",
        "Name the key, never its value.",
    ),
    "SF43": _blocker(
        "log instead of print and logging",
        "Only the SDK's log reaches the platform's log with a level.",
        "Use `from fivetran_connector_sdk import Logging as log` and log.info, log.warning, log.error.",
    ),
    "SF44": _warning(
        "no deprecated log levels",
        "log.fine and log.severe are deprecated since SDK 2.8.2.",
        "Use log.debug for fine, log.error or log.critical for severe.",
    ),
    "SF45": _warning(
        "no log line per row",
        "Production keeps about 1,500 lines a minute, and the useful ones get lost.",
        "Log per page or at milestones, or use log.debug.",
    ),
    "SF46": _warning(
        "TLS is used and verified",
        "Without it credentials and data can be read or changed on the way.",
        "Use https and leave certificate verification on.",
    ),
    # configuration.json
    "SF47": _blocker(
        "configuration.json is a flat object of strings",
        "The platform accepts at most 100 keys whose values are strings, and stops otherwise.",
        'Write every value as a string, "100" instead of 100, and lists as comma-separated text.',
    ),
    "SF48": _warning(
        "numbers and booleans are parsed from text",
        'Configuration values are strings: bool("false") is True, and a string cannot be compared with a number.',
        'Use int(value) for numbers and value.strip().lower() == "true" for booleans.',
    ),
    "SF49": _warning(
        "configuration keys in code and file agree",
        "A key that only one side knows is a typing mistake or a leftover.",
        "Add the key to configuration.json or remove it.",
    ),
    "SF50": _warning(
        "committed values are placeholders",
        "A real value would be published with the code, and an empty one does not tell what belongs there.",
        'Write a descriptive placeholder such as "<YOUR_API_KEY>".',
    ),
    "SF51": _warning(
        "configuration keys are snake_case words",
        "People fill in these keys in a form.",
        "Rename the key to lower-case words joined by underscores.",
    ),
    "SF52": _warning(
        "only credentials and per-customer values in the configuration",
        "Tuning values in the configuration are one more thing a customer can get wrong.",
        "Make it a constant in the code.",
    ),
    "SF53": _warning(
        "the README names every configuration key",
        "Whoever sets up the connection learns the meaning of a key there.",
        "Describe the key in the README's configuration section.",
    ),
    # Dependencies and files
    "SF54": _blocker(
        "the SDK and requests are not required",
        "The platform provides both; another version beside them breaks the deployment.",
        "Remove the line.",
    ),
    "SF55": _warning(
        "versions are pinned",
        "An unpinned dependency changes under a running connector.",
        "Pin with ==.",
    ),
    "SF56": _warning(
        "imports and requirements agree",
        "A package that is not declared is missing when deployed; one that is not used slows every start.",
        "Declare what is imported and nothing else, in one of requirements.txt and pyproject.toml.",
    ),
    "SF57": _blocker(
        "drivers/ has installation.sh",
        "Packaging fails on a drivers folder without that script.",
        "Add drivers/installation.sh, or remove the folder.",
    ),
    "SF58": _warning(
        ".gitignore covers local files",
        "configuration.json holds real credentials while one works, and files/ holds real rows.",
        "List configuration.json, files/ and the virtual environment in .gitignore.",
    ),
    "SF59": _unchecked(
        "wheels exist for the platform",
        "Whether a package has a wheel for Linux amd64 is known only to the package index.",
    ),
}
