"""LF02 to LF05: the class, its methods, their parameters, and the refusal of unknown tables."""

import ast

from model import REQUIRED
from syntax import own_nodes

SIGNATURES = {
    "list_tables": (),
    "get_table_schema": ("table_name", "table_options"),
    "read_table_metadata": ("table_name", "table_options"),
    "read_table": ("table_name", "start_offset", "table_options"),
    "read_table_deletes": ("table_name", "start_offset", "table_options"),
}


def there(model, report):
    """LF02, LF03"""
    if not model.connectors:
        place = model.project.shipped[0].path if model.project.shipped else "."
        if not any(found["rule"] == "LF01" and found["severity"] == "blocker" for found in report.sorted()):
            report.add("LF02", (place, 0), "No class extends LakeflowConnect or is named so.")
    for cls in model.connectors:
        if not model.is_declared(cls) and not any(model.is_declared(other) for other in model.connectors):
            report.add("LF02", (cls.module, cls.node), f"{cls.name} does not extend LakeflowConnect.")
        for name in REQUIRED:
            if model.method(cls, name) is None and not _extended_elsewhere(model, cls):
                report.add("LF03", (cls.module, cls.node), f"{cls.name} has no {name}().")


def _extended_elsewhere(model, cls):
    """Whether another class of the project completes this one, which is then only a base of it."""
    return any(cls.name in other.bases for other in model.connectors)


def signatures(model, report):
    """LF04"""
    for cls in model.connectors:
        for name, wanted in SIGNATURES.items():
            method = cls.methods.get(name)
            if method is None:
                continue
            problem = _problem(method.node, ("self", *wanted))
            if problem:
                report.add("LF04", (cls.module, method.node), f"{name}() {problem}.")
        init = cls.methods.get("__init__")
        if init and (problem := _problem(init.node, ("self", "options"))):
            report.add("LF04", (cls.module, init.node), f"__init__() {problem}.")


def _problem(node, wanted):
    if any(isinstance(d, ast.Name) and d.id in ("staticmethod", "classmethod") for d in node.decorator_list):
        return "is not a plain method"
    arguments = node.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    needed = positional[: len(positional) - len(arguments.defaults)]
    if len(positional) < len(wanted) and arguments.vararg is None:
        return f"does not take {', '.join(wanted[len(positional) :])}"
    if len(needed) > len(wanted):
        return f"wants {', '.join(needed[len(wanted) :])}, which the pipeline does not pass"
    lacking = [a.arg for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None]
    return f"wants {', '.join(lacking)} by name, which the pipeline does not pass" if lacking else None


def refusals(model, report):
    """LF05"""
    for cls in model.connectors:
        for name in ("get_table_schema", "read_table_metadata", "read_table", "read_table_deletes"):
            method = cls.methods.get(name)
            if method is None or len(method.parameters) < 2 or _only_raises(method.node):
                continue
            table = method.parameters[1]
            where = (cls.module, method.node)
            checked = False
            for statement in method.node.body:
                if _checks(model, statement, table, method, 4):
                    checked = True
                    break
                if model.asks_source(statement, method):
                    report.add("LF05", where, f"{name}() asks the source before it has checked {table}.")
                    checked = True
                    break
            if not checked:
                report.add("LF05", where, f"{name}() does not refuse an unknown {table}.")


def _only_raises(node):
    return isinstance(node.body[-1], ast.Raise) and len(node.body) <= 2


def _checks(model, statement, table, function, depth):
    """Whether a statement can fail for a table that does not exist: a raise after a comparison, a lookup by key, a helper."""
    for node in [statement, *own_nodes(statement)]:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is(node.slice, table):
            return True
        if isinstance(node, (ast.If, ast.Match)) and table in _names(node.test if isinstance(node, ast.If) else node.subject):
            if any(isinstance(inner, ast.Raise) for inner in own_nodes(node)):
                return True
        if isinstance(node, ast.Raise) and table in _names(node):
            return True
        if isinstance(node, ast.Call) and depth and any(_is(value, table) for value in _given(node)):
            if any(_callee_checks(model, callee, node, table, depth - 1) for callee in model.callees(node.func, function)):
                return True
    return False


def _callee_checks(model, callee, call, table, depth):
    skip = 1 if callee.cls else 0
    names = [k.arg for k in call.keywords if _is(k.value, table)]
    for index, value in enumerate(call.args):
        if _is(value, table) and index + skip < len(callee.parameters):
            names.append(callee.parameters[index + skip])
    for name in names:
        if any(_checks(model, statement, name, callee, depth) for statement in callee.node.body):
            return True
        # A lookup first, the refusal of what it did not find after it.
        if any(isinstance(node, ast.Raise) for node in callee.nodes) and any(name in _names(s) for s in callee.node.body):
            return True
    return False


def _given(call):
    return [*call.args, *(k.value for k in call.keywords)]


def _is(node, name):
    return isinstance(node, ast.Name) and node.id == name


def _names(node):
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


CHECKS = (there, signatures, refusals)
