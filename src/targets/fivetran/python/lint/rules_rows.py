"""SF20 to SF24: the values and keys of rows, where the row is a dict the code spells out."""

import ast
import re

from syntax import FUNCTIONS, ancestors
from tables import Tables, renamed

# A time format without %z, %Z or a literal Z or offset at its end.
ZONED = re.compile(r"(%z|%Z|Z|UTC|[+-]\d\d:?\d\d)['\"]?$")


def written_rows(model):
    """`[(operation, table name or None, rows)]` for reachable operations whose rows are known."""
    tables = model.once(Tables)
    found = []
    for operation in tables.operations:
        if operation.function not in model.reachable or operation.data is None:
            continue
        rows = tables.rows(operation.data, operation.function)
        if rows:
            names = tables.names(operation)
            found.append((operation, next(iter(names)) if names and len(names) == 1 else None, rows))
    return found


def values_fit_types(model, report):
    """SF20, SF21: json.dumps into JSON columns, naive times into UTC_DATETIME columns."""
    tables = model.once(Tables)
    for _operation, table, rows in model.once(written_rows):
        types = _types(tables, table)
        for row in rows:
            for column, (value, function) in row.keys.items():
                kind = types.get(renamed(column))
                where = (function.module, value)
                if _is_dumps(model, value, function) and kind == "JSON":
                    report.add("SF20", where, f"Column {column} is JSON and gets the text of json.dumps.")
                elif kind == "UTC_DATETIME" and _is_naive_text(model, value, function):
                    report.add("SF21", where, f"Column {column} is UTC_DATETIME and gets a time without zone.")


def _types(tables, table):
    """Renamed column -> type name, for a table declared exactly once with literal types."""
    entries = tables.declared(table) if table else []
    if len(entries) != 1 or not entries[0].columns or len(entries[0].names) != 1:
        return {}
    return {
        renamed(column): node.value.upper()
        for column, (node, _function) in entries[0].columns.items()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _is_dumps(model, node, function):
    if isinstance(node, ast.IfExp):
        return _is_dumps(model, node.body, function)
    return isinstance(node, ast.Call) and model.external(node.func, function) == "json.dumps"


def _is_naive_text(model, node, function):
    """`datetime.now().isoformat()`, `utcnow().isoformat()`, `.strftime(format without zone)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr == "strftime" and node.args:
        form = node.args[0]
        is_time = isinstance(form, ast.Constant) and isinstance(form.value, str) and "%H" in form.value
        return is_time and not ZONED.search(form.value)
    if node.func.attr != "isoformat" or node.args:
        return False
    made = node.func.value
    if not (isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute)):
        return False
    dotted = model.external(made.func, function) or ""
    if dotted in ("datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp"):
        return True
    return dotted == "datetime.datetime.now" and not made.args and not made.keywords


def same_columns(model, report):
    """SF22: two upserts of one table with different exact key sets."""
    first = {}
    for operation, table, rows in model.once(written_rows):
        if operation.kind != "upsert" or table is None:
            continue
        for row in rows:
            if not row.exact or row.always != set(row.keys):
                continue
            keys = {renamed(k) for k in row.keys}
            seen = first.setdefault(renamed(table), (keys, row))
            if seen[0] != keys:
                differing = ", ".join(sorted(seen[0] ^ keys)[:5])
                line = seen[1].node.lineno
                message = f"This row of {table} has other columns than the one at line {line}: {differing}."
                report.add("SF22", (row.function.module, row.node), message)


def key_present(model, report):
    """SF23: a literal row that lacks a key column."""
    tables = model.once(Tables)
    for operation, table, rows in model.once(written_rows):
        entries = tables.declared(table) if table else []
        if len(entries) != 1 or not entries[0].primary_key or len(entries[0].names) != 1:
            continue
        wanted = entries[0].primary_key
        for row in rows:
            if not row.exact:
                continue
            keys = {renamed(k) for k in row.keys}
            missing = [k for k in wanted if renamed(k) not in keys]
            if missing:
                message = f"A row of {table} is sent to op.{operation.kind} without its key {', '.join(missing)}."
                report.add("SF23", (operation.function.module, row.node), message)
                continue
            for name in row.keys:
                value = row.keys[name][0]
                in_key = renamed(name) in {renamed(k) for k in wanted}
                if in_key and isinstance(value, ast.Constant) and value.value is None:
                    report.add("SF23", (row.function.module, value), f"The key column {name} of {table} is None.")


def deletes_and_truncates(model, report):
    """SF24"""
    tables = model.once(Tables)
    for operation, table, rows in model.once(written_rows):
        entries = tables.declared(table) if table else []
        if operation.kind != "delete" or len(entries) != 1 or not entries[0].primary_key:
            continue
        wanted = {renamed(k) for k in entries[0].primary_key}
        for row in rows:
            surplus = sorted(k for k in row.keys if renamed(k) not in wanted)
            if surplus:
                message = f"op.delete of {table} is given {', '.join(surplus[:4])} beside the key."
                report.add("SF24", (operation.function.module, operation.node), message)
    for operation in tables.operations:
        if operation.kind == "truncate" and operation.function in model.reachable:
            _truncate_after_rows(tables, operation, report)


def _truncate_after_rows(tables, truncate, report):
    """An upsert of the same table earlier in the same run of statements."""
    names = tables.names(truncate)
    if not names or len(names) != 1:
        return
    for other in tables.operations:
        if other.function is not truncate.function or other.kind not in ("upsert", "update"):
            continue
        if tables.names(other) != names or other.node.lineno >= truncate.node.lineno:
            continue
        if _follows(other.node, truncate.node):
            message = f"op.truncate of {next(iter(names))} comes after rows were sent at line {other.node.lineno}."
            report.add("SF24", (truncate.function.module, truncate.node), message)
            return


def _follows(first, second):
    """Whether the second statement runs after the first in one block: neither a loop nor a branch around both decides."""
    around_first = [first, *ancestors(first)]
    for node in ancestors(second):
        if isinstance(node, (ast.For, ast.While)) and node in around_first:
            return False
        if isinstance(node, ast.If) and node in around_first:
            return False
        if isinstance(node, FUNCTIONS):
            return True
    return True


CHECKS = (values_fit_types, same_columns, key_present, deletes_and_truncates)
