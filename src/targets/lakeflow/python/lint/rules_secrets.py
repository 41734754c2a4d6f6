"""LF25 to LF27: credentials in the code, secrets in messages, data that is executed."""

import ast

from syntax import is_docstring, pairs_of, tail, text_of
from words import is_secret_name, known_secret, looks_like_secret

LEVELS = {"debug", "info", "warning", "warn", "error", "critical", "exception", "log"}


def written_down(model, report):
    """LF25"""
    for module in model.project.shipped:
        for node in ast.walk(module.tree):
            for name, value in [*pairs_of(node), *_defaults(node)]:
                for part in _parts(value) if is_secret_name(name) else ():
                    if looks_like_secret(part.value):
                        report.add("LF25", (module, part), f"{name} is written into the code.")
            text = text_of(node)
            if text and len(text) < 20_000 and not is_docstring(node) and known_secret(text):
                report.add("LF25", (module, node), "A credential is written into the code.")


def _parts(value):
    """Texts that a value may be: itself, the sides of an `or`, the default of a `get`."""
    if text_of(value) is not None:
        yield value
    elif isinstance(value, ast.BoolOp):
        for side in value.values:
            yield from _parts(side)
    elif isinstance(value, ast.Call) and tail(value.func) in ("get", "pop", "getenv") and len(value.args) > 1:
        yield from _parts(value.args[1])


def _defaults(node):
    """Defaults of parameters, and of what is looked up under a secret's name."""
    if isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        pairs = [*zip(reversed(positional), reversed(node.defaults)), *zip(node.kwonlyargs, node.kw_defaults)]
        yield from ((parameter.arg, value) for parameter, value in pairs if value is not None)
    elif isinstance(node, ast.Call) and tail(node.func) in ("get", "pop", "getenv") and len(node.args) > 1 and text_of(node.args[0]):
        yield node.args[0].value, node.args[1]


def shown(model, report):
    """LF26: what log calls, print and exceptions put into words."""
    for function in model.functions:
        for node in function.nodes:
            if isinstance(node, ast.Call) and _says(node):
                given = [*node.args, *(k.value for k in node.keywords)]
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                given = node.exc.args
            else:
                continue
            for leaf in [leaf for expression in given for leaf in _leaves(expression)]:
                _judge(function, leaf, report)


def _says(call):
    if isinstance(call.func, ast.Name):
        return call.func.id == "print"
    return isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS and "log" in (tail(call.func.value) or "").lower()


def _leaves(node):
    """Values that end up in the text as they are: parts of f-strings, sums, formats, str() and json.dumps()."""
    if isinstance(node, (ast.JoinedStr, ast.Tuple, ast.BinOp)):
        parts = {ast.JoinedStr: "values", ast.Tuple: "elts"}.get(type(node))
        for value in getattr(node, parts) if parts else (node.left, node.right):
            yield from _leaves(value.value if isinstance(value, ast.FormattedValue) else value)
    elif isinstance(node, ast.Call) and tail(node.func) in ("str", "repr", "dumps", "dict", "format"):
        for value in [*node.args, *(k.value for k in node.keywords)]:
            yield from _leaves(value)
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        yield node


def _judge(function, leaf, report):
    where = (function.module, leaf)
    key = None
    if isinstance(leaf, ast.Subscript):
        key = text_of(leaf.slice)
    elif isinstance(leaf, ast.Call):
        key = text_of(leaf.args[0]) if tail(leaf.func) == "get" and leaf.args else None
    name = key or (tail(leaf) if isinstance(leaf, (ast.Name, ast.Attribute)) else None)
    own = isinstance(leaf, ast.Name) or (isinstance(leaf, ast.Attribute) and tail(leaf.value) in ("self", "session", "_session"))
    if own and (name or "").lstrip("_") in ("options", "headers", "auth", "connection_options"):
        report.add("LF26", where, f"The whole of {ast.unparse(leaf)[:40]} is shown.")
    elif name and is_secret_name(name) and not name.isupper():
        report.add("LF26", where, f"{name} is shown.")


def executed(model, report):
    """LF27"""
    for function in model.functions:
        for node in function.nodes:
            if not isinstance(node, ast.Call):
                continue
            dotted = model.external(node.func, function) or ""
            plain = node.func.id if isinstance(node.func, ast.Name) and not dotted else ""
            safe = dotted == "yaml.load" and any("Safe" in ast.unparse(value) for value in [*node.args[1:], *(k.value for k in node.keywords)])
            if plain in ("eval", "exec") and not model.by_name.get(plain):
                report.add("LF27", (function.module, node), f"{plain}() is used.")
            elif dotted in ("pickle.load", "pickle.loads", "yaml.load", "yaml.unsafe_load", "marshal.loads", "os.system") and not safe:
                report.add("LF27", (function.module, node), f"{dotted}() is used.")


CHECKS = (written_down, shown, executed)
