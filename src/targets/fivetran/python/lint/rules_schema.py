"""SF13 to SF19: what schema() declares, and whether the operations agree with it."""

import ast
import difflib
import re

from tables import SYSTEM_TYPES, Tables, renamed

SYSTEM_COLUMNS = {f"_fivetran_{name}" for name in ("id", "synced", "deleted", "index", "active", "start", "end", "file_path")}
ENTRY_KEYS = ("table", "primary_key", "columns", "schema")
RESERVED = set(
    "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default "
    "deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect "
    "into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify "
    "references returning select show some summarize symmetric table then to trailing true union unique unpivot using variadic "
    "when where window with".split()
)
EXACT_NUMBER = re.compile(
    r"(^|_)(amount|price|cost|total|subtotal|balance|fee|tax|rate|salary|revenue|lat|latitude|lon|lng|longitude|discount)(_|$)"
)


def entries_are_well_formed(model, report):
    """SF13, SF14, SF18 in schema()"""
    tables = model.once(Tables)
    for entry in tables.entries:
        where = (entry.module, entry.node)
        if entry.row.exact and "table" not in entry.row.keys:
            report.add("SF13", where, "A schema entry has no table.")
        for key in entry.row.keys:
            if key not in ENTRY_KEYS:
                _unknown_key(entry, key, report)
        label = _label(entry)
        if not entry.has_key:
            report.add("SF14", where, f"{label} has no primary key.")
        elif "primary_key" in entry.row.keys and entry.primary_key == []:
            report.add("SF14", where, f"{label} has an empty primary key.")
        _key_shape(entry, report)
        for column, (node, function) in (entry.columns or {}).items():
            _column_type(tables, column, node, function, report)
    _duplicates(tables, report)


def _label(entry):
    return f"Table {next(iter(entry.names))}" if entry.names and len(entry.names) == 1 else "A table"


def _unknown_key(entry, key, report):
    """A misspelling loses the key or the columns; any other key is merely ignored."""
    value = entry.row.keys[key][0]
    near = difflib.get_close_matches(key.lower().replace("-", "_"), ENTRY_KEYS[:3], 1, 0.75)
    lost = near and near[0] not in entry.row.keys
    message = f"The key {key!r} of a schema entry is not known" + (f"; {near[0]!r} is missing." if lost else " and ignored.")
    report.add("SF13", (entry.module, value), message, None if lost else "warning")


def _key_shape(entry, report):
    found = entry.row.keys.get("primary_key")
    if found and isinstance(found[0], (ast.Constant, ast.Dict)):
        report.add("SF13", (entry.module, found[0]), "primary_key is not a list; a text is taken letter by letter.")


def _column_type(tables, column, node, function, report):
    """A column's type, where the code shows it."""
    for literal, scope in tables.values.candidates(node, function) or []:
        where = (scope.module, literal)
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
            kind = literal.value.upper()
            if kind == "DECIMAL":
                report.add("SF13", where, f"Column {column} is DECIMAL without precision and scale.")
            elif kind not in SYSTEM_TYPES:
                report.add("SF13", where, f"Column {column} has the unknown type {literal.value!r}.")
            elif kind == "FLOAT" and EXACT_NUMBER.search(renamed(column)):
                report.add("SF19", where, f"Column {column} is declared FLOAT.")
        elif isinstance(literal, ast.Dict) and None not in literal.keys:
            keys = {k.value: v for k, v in zip(literal.keys, literal.values) if isinstance(k, ast.Constant)}
            kind = keys.get("type")
            if len(keys) == len(literal.keys):
                missing = [k for k in ("type", "precision", "scale") if k not in keys]
                wrong = isinstance(kind, ast.Constant) and str(kind.value).upper() != "DECIMAL"
                if wrong:
                    report.add("SF13", where, f"Column {column}: only DECIMAL may be a dict.")
                elif missing:
                    report.add("SF13", where, f"Column {column} lacks {' and '.join(missing)}.")


def _duplicates(tables, report):
    seen = {}
    for entry in tables.entries:
        # A loop makes one literal stand for many tables; those are distinct by construction.
        if not entry.names or len(entry.names) != 1 or "schema" in entry.row.keys:
            continue
        name = next(iter(entry.names))
        first = seen.setdefault(renamed(name), (name, entry))
        if first[1] is not entry and not _alternatives(first[1].node, entry.node):
            if first[0] == name:
                report.add("SF13", (entry.module, entry.node), f"Table {name} is declared twice.")
            else:
                message = f"Tables {first[0]} and {name} get the same name in the destination."
                report.add("SF16", (entry.module, entry.node), message)


def _alternatives(one, other):
    """Entries of different list literals may belong to branches of which only one runs."""
    return getattr(one, "parent", None) is not getattr(other, "parent", None)


def names_agree(model, report):
    """SF16: silent unless every table of the schema is known by name."""
    tables = model.once(Tables)
    if not tables.complete or not tables.entries:
        return
    exact = {name for entry in tables.entries for name in entry.names}
    loose = {renamed(name) for name in exact}
    for operation in tables.operations:
        if operation.function not in model.reachable:
            continue
        names = tables.names(operation)
        if not names:
            continue
        where = (operation.function.module, operation.table_node)
        unknown = sorted(n for n in names if renamed(n) not in loose)
        differing = sorted(n for n in names if renamed(n) in loose and n not in exact)
        if unknown:
            # Names put together from parts include combinations that never occur.
            sure = len(unknown) == len(names) or not isinstance(operation.table_node, ast.JoinedStr)
            known = ", ".join(sorted(exact)[:6])
            message = f"Table {unknown[0]} is written, but schema() declares {known}."
            report.add("SF16", where, message, None if sure else "warning")
        elif differing:
            message = f"Table {differing[0]} is spelt differently in schema(); it is the same only after renaming."
            report.add("SF16", where, message, "warning")


def column_names(model, report):
    """SF17, SF18: names in the schema and in rows written as literals."""
    tables = model.once(Tables)
    for entry in tables.entries:
        for name in entry.names or ():
            _reserved(name, "table", (entry.module, entry.row.keys["table"][0]), report)
        columns = dict(entry.columns or {})
        for name in entry.primary_key or ():
            columns.setdefault(name, entry.row.keys["primary_key"])
        for name, (node, function) in columns.items():
            _column_name(name, (function.module, node), report)
    for operation in tables.operations:
        if operation.function not in model.reachable or operation.data is None:
            continue
        for row in tables.rows(operation.data, operation.function) or []:
            for name, (node, function) in row.keys.items():
                _column_name(name, (function.module, node), report)


def _column_name(name, where, report):
    _reserved(name, "column", where, report)
    if name.lower() in SYSTEM_COLUMNS:
        report.add("SF18", where, f"Column {name} has a name of the platform's own.")
    elif name.lower().startswith("_fivetran_"):
        report.add("SF18", where, f"Column {name} begins like the platform's own columns.", "warning")


def _reserved(name, kind, where, report):
    if renamed(name) in RESERVED:
        report.add("SF17", where, f"The {kind} name {name} is a reserved word.")


CHECKS = (entries_are_well_formed, names_agree, column_names)
