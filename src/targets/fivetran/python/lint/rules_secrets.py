"""SF41 and SF42: credentials in the code, and secrets in logs and messages."""

import ast

from flow import configuration_flow
from syntax import FUNCTIONS, dotted_tail
from values import Values
from words import is_secret_name, known_secret, looks_like_secret


def written_down(model, report):
    """SF41: real-looking values under the names of secrets, and texts that are credentials by their form."""
    for function in model.functions:
        for node in function.nodes:
            for name, value in _named_values(node):
                text = value.value if isinstance(value, ast.Constant) else None
                if isinstance(text, str) and is_secret_name(name) and looks_like_secret(text):
                    report.add("SF41", (function.module, value), f"{name} is written into the code.")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(node.parent, ast.Expr):
                if len(node.value) < 20_000 and known_secret(node.value):
                    report.add("SF41", (function.module, node), "A credential is written into the code.")
        if isinstance(function.node, FUNCTIONS):
            _defaults(function, report)


def _named_values(node):
    if isinstance(node, ast.Assign):
        for target in node.targets:
            name = (
                target.slice.value if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) else dotted_tail(target)
            )
            yield name, node.value
    elif isinstance(node, ast.AnnAssign):
        yield dotted_tail(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if isinstance(key, ast.Constant):
                yield key.value, value


def _defaults(function, report):
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults)), *zip(arguments.kwonlyargs, arguments.kw_defaults)]
    for parameter, value in pairs:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            if is_secret_name(parameter.arg) and looks_like_secret(value.value):
                report.add("SF41", (function.module, value), f"{parameter.arg} is written into the code.")


def shown(model, report):
    """SF42: what log calls, print and raised exceptions put into words."""
    flow = model.once(configuration_flow)
    for function in model.functions:
        for node in function.nodes:
            if isinstance(node, ast.Call) and (model.log_call(node, function) or _is_print(model, node, function)):
                given = [*node.args, *(k.value for k in node.keywords)]
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                given = node.exc.args
            else:
                continue
            for expression in given:
                for leaf in _leaves(expression):
                    _judge(model, flow, leaf, function, report)


def _is_print(model, node, function):
    return isinstance(node.func, ast.Name) and node.func.id == "print" and model.definition("print", function) is None


def _leaves(node):
    """Values that end up in the text as they are: parts of f-strings, sums, formats, str() and json.dumps()."""
    if isinstance(node, ast.JoinedStr):
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _leaves(value.value)
    elif isinstance(node, ast.BinOp):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, ast.Tuple):
        for element in node.elts:
            yield from _leaves(element)
    elif isinstance(node, ast.Call):
        name = dotted_tail(node.func)
        if name == "format" and isinstance(node.func, ast.Attribute):
            for value in [*node.args, *(k.value for k in node.keywords)]:
                yield from _leaves(value)
        elif name in ("str", "repr", "dumps", "dict", "copy") and node.args:
            yield from _leaves(node.args[0])
        else:
            yield node
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        yield node


def _judge(model, flow, leaf, function, report):
    where = (function.module, leaf)
    if flow.holds(leaf, function) and not isinstance(leaf, ast.Dict):
        report.add("SF42", where, "The whole configuration is shown.")
        return
    key = _configuration_key(flow, leaf, function)
    name = key or dotted_tail(leaf)
    if isinstance(leaf, (ast.Name, ast.Attribute)) and _is_text_constant(model, leaf, function):
        return
    if name and is_secret_name(name):
        report.add("SF42", where, f"{name} is shown.")
    elif name == "token" and not key:
        report.add("SF42", where, "token is shown.", "warning")
    elif isinstance(leaf, ast.Name) and _from_configuration(model, flow, leaf, function):
        report.add("SF42", where, f"{name} is shown, a secret of the configuration.")
    elif _is_body(leaf):
        report.add("SF42", where, f"The whole body {ast.unparse(leaf)[:50]} is shown.", "warning")


def _configuration_key(flow, leaf, function):
    """The key of `configuration["key"]` or `configuration.get("key")`."""
    if isinstance(leaf, ast.Subscript) and flow.holds(leaf.value, function):
        return leaf.slice.value if isinstance(leaf.slice, ast.Constant) and isinstance(leaf.slice.value, str) else None
    if isinstance(leaf, ast.Call) and isinstance(leaf.func, ast.Attribute) and leaf.func.attr == "get" and leaf.args:
        if flow.holds(leaf.func.value, function) and isinstance(leaf.args[0], ast.Constant):
            return leaf.args[0].value
    return None


def _is_text_constant(model, leaf, function):
    """`PASSWORD = "password"` is the name of a key, not its value."""
    return model.once(Values).strings(leaf, function) is not None


def _from_configuration(model, flow, leaf, function):
    bound = model.once(Values).bindings(leaf.id, function)
    if bound is None or bound[1] is not function or len(bound[0]) != 1 or bound[0][0].kind != "value":
        return False
    return is_secret_name(_configuration_key(flow, bound[0][0].node, function) or "")


def _is_body(leaf):
    if isinstance(leaf, ast.Call):
        return isinstance(leaf.func, ast.Attribute) and leaf.func.attr == "json" and not leaf.args and _is_response(leaf.func.value)
    return isinstance(leaf, ast.Attribute) and leaf.attr in ("text", "content") and _is_response(leaf.value)


def _is_response(node):
    return (dotted_tail(node) or "").lower() in ("response", "resp", "res", "r", "result")


CHECKS = (written_down, shown)
