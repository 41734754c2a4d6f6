"""LF28 and LF29: table options in the code against the allow-list of connector_spec.yaml."""

import ast
import re

from syntax import tail, text_of

SPEC = "connector_spec.yaml"
# What the framework itself passes or needs, whatever the connector does.
OWN = {"tablename", "tablenamelist", "tableconfigs", "isdeleteflow", "sourcename", "namespace"}


def agree(model, report):
    names = [name for name in model.project.names if name.rsplit("/", 1)[-1] == SPEC]
    text = model.project.read_text(names[0]) if names else None
    if text is None:
        return
    allowed, line = _allowed(text)
    read = _read(model)
    for name, (module, node) in read.items():
        if name.lower() not in allowed and name.lower() not in OWN:
            report.add("LF28", (module, node), f"The table option {name} is read and not allowed.")
    texts = {(text_of(node) or "").lower() for module in model.project.shipped for node in ast.walk(module.tree)}
    for lower, name in sorted(allowed.items()):
        # Named somewhere, it may be read in a way that is not followed.
        if lower not in texts and lower not in OWN:
            report.add("LF29", (names[0], line), f"The table option {name} is allowed and never read.")


def _allowed(text):
    """The names in the allow-list and its line: a text on the same line or below it, or a list. Their case does not count."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        found = re.match(r"^external_options_allowlist\s*:\s*(.*)$", line)
        if not found:
            continue
        value = [found[1]]
        for below in lines[index + 1 :]:
            if below.strip() and not below[0].isspace() and not below.startswith("-"):
                break
            value.append(below)
        joined = ",".join(re.sub(r"(^|\s)#.*$", "", part) for part in value)
        names = re.findall(r"[A-Za-z_][A-Za-z0-9_.]*", re.sub(r"^\s*[>|][+-]?", "", joined))
        return {name.lower(): name for name in names}, index + 1
    return {}, 0


def _read(model):
    """Option -> where it is read: keys of what is called table_options, or is a copy of it under another parameter's name."""
    found = {}
    for function in model.functions:
        for node in function.nodes:
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_options(node.value):
                key = text_of(node.slice)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and node.args:
                key = text_of(node.args[0]) if _is_options(node.func.value) else None
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)) and _is_options(node.comparators[0]):
                key = text_of(node.left)
            else:
                continue
            if key:
                found.setdefault(key, (function.module, node))
    return found


def _is_options(node):
    if isinstance(node, ast.BoolOp):
        return any(_is_options(value) for value in node.values)
    return tail(node) == "table_options"


CHECKS = (agree,)
