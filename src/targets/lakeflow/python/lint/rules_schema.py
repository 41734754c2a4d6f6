"""LF06 to LF08: types of columns, and empty structs."""

import ast

from syntax import pairs_of, tail, text_of

NARROW = {"IntegerType", "ShortType", "ByteType"}


def types(model, report):
    """LF06, LF07"""
    for module in model.project.shipped:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = tail(node.func)
            if name == "MapType":
                report.add("LF06", (module, node), "MapType is used.")
            elif name in NARROW:
                report.add("LF07", (module, node), f"{name} is used.")


def empty_structs(model, report):
    """LF08: `{}` under the name of a column that is declared as a struct."""
    structs = _structs(model)
    for function in model.reading:
        for node in function.nodes:
            for name, value in pairs_of(node):
                if name in structs and _may_be_empty(value) and not _is_options(node):
                    report.add("LF08", (function.module, value), f"{name} is an empty dict where it is absent.")


def _structs(model):
    """Names of fields whose type is a StructType, written out or held in a name."""
    held = {name for _, name, value, _ in model.settings() if isinstance(value, ast.Call) and tail(value.func) == "StructType"}
    found = set()
    for module in model.project.shipped:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and tail(node.func) == "StructField" and len(node.args) > 1:
                kind = node.args[1]
                direct = isinstance(kind, ast.Call) and tail(kind.func) == "StructType"
                if (direct or tail(kind) in held) and text_of(node.args[0]):
                    found.add(node.args[0].value)
    return found


def _may_be_empty(value):
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        return _may_be_empty(value.values[-1])
    if isinstance(value, ast.IfExp):
        return _may_be_empty(value.body) or _may_be_empty(value.orelse)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get" and len(value.args) > 1:
        return _may_be_empty(value.args[1])
    return isinstance(value, ast.Call) and tail(value.func) == "dict" and not value.args and not value.keywords


def _is_options(node):
    """A plain local name is no column of a record: `address = record.get("address") or {}` only reads."""
    return isinstance(node, (ast.Assign, ast.AnnAssign)) and not any(
        isinstance(target, ast.Subscript) for target in getattr(node, "targets", [getattr(node, "target", None)])
    )


CHECKS = (types, empty_structs)
