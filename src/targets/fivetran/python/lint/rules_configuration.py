"""SF47 to SF53: configuration.json, the code that reads it and the README that explains it."""

import ast
import json
import re

from flow import configuration_flow
from values import Values
from words import known_secret

FILE = "configuration.json"
TUNING = re.compile(
    r"^(page_size|batch_size|chunk_size|max_retries|retries|retry_\w+|timeout(_\w+)?|checkpoint_\w+|limit|max_workers|log_level)$"
)


def load(model):
    """`(object or None, text)` of configuration.json."""
    text = model.project.read_text(FILE)
    if text is None:
        return None, None
    try:
        return json.loads(text), text
    except (ValueError, RecursionError):
        return None, text


def line_of(text, key):
    """Line on which a key first stands; 0 when it cannot be found."""
    found = re.search(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def shape(model, report):
    """SF47"""
    values, text = model.once(load)
    if text is None:
        if model.project.entry is not None:
            report.add("SF47", (FILE, 0), "There is no configuration.json; even an empty {} is needed to debug.", "warning")
        return
    if values is None:
        try:
            json.loads(text)
        except ValueError as error:
            report.add("SF47", (FILE, getattr(error, "lineno", 0)), f"configuration.json is not JSON: {getattr(error, 'msg', error)}.")
            return
        except RecursionError:
            pass
    if not isinstance(values, dict):
        report.add("SF47", (FILE, 1), "configuration.json is not an object.")
        return
    for key, value in values.items():
        if not isinstance(value, str):
            kind = {dict: "an object", list: "a list", bool: "a boolean", int: "a number", float: "a number"}.get(type(value), "null")
            report.add("SF47", (FILE, line_of(text, key)), f"The value of {key} is {kind}, not a string.")
    if len(values) > 100:
        report.add("SF47", (FILE, 1), f"There are {len(values)} keys; at most 100 are accepted.")


def parsing(model, report):
    """SF48"""
    flow = model.once(configuration_flow)
    for _key, _default, node, function in flow.key_reads():
        if function not in model.reachable:
            continue
        parent = node.parent
        text = ast.unparse(node)[:60]
        where = (function.module, node)
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "bool":
            report.add("SF48", where, f"bool({text}) is True for any text, also for 'false'.")
        elif isinstance(parent, ast.Compare) and len(parent.ops) == 1:
            other = parent.comparators[0] if parent.left is node else parent.left
            literal = other.value if isinstance(other, ast.Constant) else None
            number = isinstance(literal, (int, float)) and not isinstance(literal, bool)
            if number or (isinstance(literal, bool) and isinstance(parent.ops[0], (ast.Is, ast.Eq))):
                report.add("SF48", where, f"{text} is a string and is compared with {literal}.")
        elif isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv)):
            report.add("SF48", where, f"{text} is a string and is calculated with.")


def keys_agree(model, report):
    """SF49: keys the code needs and the file lacks; keys of the file that nothing reads, where all reads are known."""
    values, text = model.once(load)
    if not isinstance(values, dict) or model.update is None:
        return
    flow = model.once(configuration_flow)
    read, open_ended = set(), False
    for key, default, node, function in flow.key_reads():
        names = model.once(Values).strings(key, function)
        if names is None:
            open_ended = True
            continue
        read |= names
        required = default is None or (isinstance(default, ast.Constant) and default.value is None)
        missing = sorted(names - set(values))
        if required and missing and len(names) == 1 and not _is_optional(node):
            report.add("SF49", (function.module, node), f"The key {missing[0]} is read and not in configuration.json.")
    if open_ended or _handed_out(model, flow):
        return
    for key in values:
        if key not in read and not _is_mentioned(model, key):
            report.add("SF49", (FILE, line_of(text, key)), f"Nothing reads the key {key}.")


def _is_optional(node):
    """`.get(key) or default`, `if configuration.get(key)`, `key in configuration and …`."""
    parent = node.parent
    return isinstance(parent, (ast.BoolOp, ast.If, ast.IfExp, ast.UnaryOp, ast.Compare)) or isinstance(node, ast.Call)


def _is_mentioned(model, key):
    return any(f'"{key}"' in m.text or f"'{key}'" in m.text for m in model.project.modules.values())


def _handed_out(model, flow):
    """`Client(**configuration)`, `for key in configuration`, or an unknown function: any key may be read there."""
    for function in model.functions:
        for node in function.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load) and flow.holds(node, function):
                parent = node.parent
                if isinstance(parent, (ast.For, ast.comprehension)):
                    return True
                if isinstance(parent, ast.keyword) and parent.arg is None:
                    return True
                call = parent.parent if isinstance(parent, ast.keyword) else parent
                if isinstance(call, ast.Call) and node is not call.func and not model.callees(call, function, exact=True):
                    return True
    return False


def placeholders(model, report):
    """SF50, and SF41 for values that are credentials by their form."""
    values, text = model.once(load)
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        if not isinstance(value, str):
            continue
        where = (FILE, line_of(text, key))
        if known_secret(value):
            report.add("SF41", where, f"The value of {key} is a real credential.", "warning")
        elif not value.strip():
            report.add("SF50", where, f"The value of {key} is empty.")
        # A public address is a useful default and no secret.
        elif not re.match(r"^(<.+>|https://[^@\s]+)$", value.strip()):
            report.add("SF50", where, f"The value of {key} is no placeholder.")


def key_names(model, report):
    """SF51, SF52"""
    values, text = model.once(load)
    for key in values if isinstance(values, dict) else ():
        where = (FILE, line_of(text, key))
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key):
            report.add("SF51", where, f"The key {key[:60]!r} is not in snake_case.")
        if TUNING.match(key):
            report.add("SF52", where, f"{key} tunes the connector.")


def readme(model, report):
    """SF53: only where a README explains any key at all."""
    values, _text = model.once(load)
    name = next((n for n in model.project.names if n.lower() == "readme.md"), None)
    content = model.project.read_text(name) if name else None
    if not isinstance(values, dict) or not content:
        return
    for key in values:
        if not re.search(rf"(?<![A-Za-z0-9_]){re.escape(key)}(?![A-Za-z0-9_])", content):
            report.add("SF53", (name, 0), f"The README does not mention the configuration key {key}.")
            # One finding for a README that knows none of them.
            if not any(k in content for k in values):
                return


CHECKS = (shape, parsing, keys_agree, placeholders, key_names, readme)
