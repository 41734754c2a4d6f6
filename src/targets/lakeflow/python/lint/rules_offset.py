"""LF17 to LF20: what is put into offsets, and how cursors are compared."""

import ast
import re

from rules_reading import clock_attributes, is_snapshot, returned_offsets
from syntax import ancestors, names_in, own_nodes, tail, text_of

_LOOKBACK = re.compile(r"look_?back|overlap|safety_(window|margin)")
_CURSOR = re.compile(r"cursor|max_|latest|newest|last_|high_?water")
_WINDOW = re.compile(r"(^|_)(end|until|window|upper|to)(_|$)")
_WHOLE = {"LongType", "IntegerType", "DoubleType", "DecimalType", "FloatType"}


def clamped(model, report):
    """LF17: `min(cursor, self._init_time)`. The end of a window may be clamped: it is no cursor of a row."""
    clocks = clock_attributes(model)
    for function in model.reading:
        for node in function.nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "min"):
                continue
            others = [a for a in node.args if not names_in(a) & clocks]
            if len(others) == len(node.args):
                continue
            names = {name for other in others for name in names_in(other)}
            if any(_CURSOR.search(name) for name in names) and not any(_WINDOW.search(name) for name in names):
                report.add("LF17", (function.module, node), "The cursor is clamped to the time of construction.")


def lookback_stored(model, report):
    """LF18"""
    for function in model.reading:
        tainted = _less_lookback(function)
        for value in _stored(function):
            direct = isinstance(value, ast.Name) and value.id in tainted
            if direct or _takes_lookback(_inside(value)):
                report.add("LF18", (function.module, value), "The offset holds the cursor less the lookback.")


def _inside(value):
    """The expression that a chain of conversions is made from: `(a - b).isoformat()`, `str(a - b)`."""
    while isinstance(value, ast.Call):
        value = value.func.value if isinstance(value.func, ast.Attribute) and not value.args else (value.args or [None])[0]
    return value


def _takes_lookback(value):
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)):
        return False
    return any(_LOOKBACK.search(name.lower()) for name in names_in(value.right))


def _less_lookback(function):
    """Names whose only values are a cursor less the lookback."""
    less, other = set(), set()
    for node in function.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            (less if _takes_lookback(_inside(node.value)) else other).add(node.targets[0].id)
    return less - other


def _stored(function):
    """Values of dicts that are returned beside rows, written there or held in a name."""
    held = {}
    for node in function.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            for target in node.targets:
                held.setdefault(tail(target), []).append(node.value)
    for _, _, offset in returned_offsets(function):
        for found in [offset] if isinstance(offset, ast.Dict) else held.get(tail(offset), []):
            yield from found.values


def same_offset(model, report):
    """LF19: rows beside the very offset that was passed in, outside a branch where there are none."""
    for function in model.reading:
        given = [p for p in function.parameters if p == "start_offset"]
        if not given or is_snapshot(model, function) or _is_set(given[0], function):
            continue
        for statement, records, offset in returned_offsets(function):
            if not (isinstance(offset, ast.Name) and offset.id == given[0]) or _is_empty(records):
                continue
            if not _where_empty(statement, records, function):
                severity = "warning" if "snapshot" in model.types else None
                report.add("LF19", (function.module, statement), "Rows may be returned with the offset that was passed in.", severity)


def _is_set(name, function):
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in function.nodes)


def _is_empty(records):
    if isinstance(records, ast.Call) and tail(records.func) == "iter":
        return not records.args or _is_empty(records.args[0])
    if isinstance(records, (ast.List, ast.Tuple)):
        return not records.elts
    return isinstance(records, ast.Call) and not records.args and tail(records.func) in ("list", "tuple", "empty")


def _where_empty(statement, records, function):
    """Inside an `if` that says there are no rows, or after one that has left when there were some."""
    names = names_in(records)
    node = statement
    for parent in ancestors(statement):
        if isinstance(parent, ast.If) and names_in(parent.test) & names:
            return True
        block = next((b for f in ("body", "orelse") if isinstance(b := getattr(parent, f, None), list) and node in b), [])
        for earlier in block[: block.index(node)] if block else ():
            if isinstance(earlier, ast.If) and names_in(earlier.test) & names:
                if any(isinstance(n, ast.Return) for s in earlier.body for n in [s, *own_nodes(s)]):
                    return True
        node = parent
    return False


def compared_as_text(model, report):
    """LF20: where every cursor is a number, and where some are."""
    cursors = {text_of(value) for _, name, value, _ in model.settings() if name == "cursor_field"} - {None, ""}
    types = _field_types(model)
    known = [types[name] for name in cursors if name in types]
    numbers = [kinds for kinds in known if kinds <= _WHOLE]
    if not numbers:
        return
    severity = None if len(numbers) == len(known) else "warning"
    for function in model.reading:
        for node in function.nodes:
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Gt, ast.GtE, ast.Lt, ast.LtE)):
                wrong = any(_is_text(side) for side in [node.left, *node.comparators])
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("max", "min", "sorted"):
                wrong = any(_is_text(a) for a in node.args) or any(k.arg == "key" and tail(k.value) == "str" for k in node.keywords)
            else:
                continue
            if wrong:
                report.add("LF20", (function.module, node), "A cursor that is a number is compared as text.", severity)


def _is_text(node):
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        return _is_text(node.elt)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str"


def _field_types(model):
    """Field -> the types it is declared with anywhere."""
    found = {}
    for module in model.project.shipped:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and tail(node.func) == "StructField" and len(node.args) > 1:
                kind = node.args[1]
                name = tail(kind.func) if isinstance(kind, ast.Call) else None
                if text_of(node.args[0]) and name:
                    found.setdefault(node.args[0].value, set()).add(name)
    return found


CHECKS = (clamped, lookback_stored, same_offset, compared_as_text)
