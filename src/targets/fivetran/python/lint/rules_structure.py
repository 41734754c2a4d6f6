"""SF01, SF06 to SF12: the shape of the project."""

import ast

from names import Function
from syntax import FUNCTIONS, ancestors, argument, walk_own
from values import Values

EXITS = {"exit", "quit"}
EXTERNAL_EXITS = {"sys.exit", "os._exit", "builtins.exit"}


def imports_do_nothing(model, report):
    """SF01: statements that run at import time. Branches and handlers may not run, so they are left alone."""
    for body in model.bodies.values():
        for statement in _import_time(body.module.tree.body):
            for node in walk_own(statement):
                what = _import_effect(model, node, body)
                if what:
                    report.add("SF01", (body.module, node), f"{what} runs when the file is imported.")


def _import_time(statements):
    for statement in statements:
        if isinstance(statement, (ast.If, *FUNCTIONS)):
            continue
        if isinstance(statement, ast.Try):
            yield from _import_time(statement.body)
        elif isinstance(statement, (ast.ClassDef, ast.With)):
            yield from _import_time(statement.body)
        else:
            yield statement


def _import_effect(model, node, body, depth=4):
    level = model.log_call(node, body)
    if level and level not in ("debug", "fine"):
        return f"log.{level}()"
    if model.http_call(node, body):
        return "A request"
    if not isinstance(node, ast.Call) or depth == 0 or _inside_lambda(node):
        return None
    for callee in model.callees(node, body, exact=True):
        if callee.name.startswith("__") and callee.name != "__init__":
            continue
        if callee.is_generator:
            continue
        for statement in _import_time(callee.node.body):
            for inner in walk_own(statement):
                what = _import_effect(model, inner, callee, depth - 1)
                if what:
                    return f"{what} in {callee.name}()"
    return None


def _inside_lambda(node):
    return any(isinstance(a, (ast.Lambda, ast.GeneratorExp)) for a in ancestors(node))


def yields(model, report):
    """SF06: a generator that is called and not iterated blocks; a yielded operation that works is a warning."""
    for function in model.reachable:
        for node in function.nodes:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                for callee in model.callees(node.value, function, exact=True):
                    if callee.is_generator and model.facts(callee) & {"data", "checkpoint"} and not _is_context(callee):
                        message = f"{callee.name}() is a generator and is called without iterating over it, so it does nothing."
                        report.add("SF06", (function.module, node), message)
            elif isinstance(node, ast.Yield) and node.value is not None and model.operation(node.value, function):
                name = model.operation(node.value, function)
                message = f"op.{name} is yielded; since SDK 2.0 it is a plain call."
                report.add("SF06", (function.module, node), message, "warning")


def _is_context(function):
    """Decorated generators (context managers, fixtures) are driven by their decorator."""
    return bool(function.node.decorator_list)


def operations_reachable(model, report):
    """SF07. Silent where operations are handed out in ways that are not followed."""
    update = model.update
    if update is None or _hands_out_operations(model):
        return
    facts = model.facts(update)
    if "data" not in facts:
        report.add("SF07", (update.module, update.node), "No data operation is reachable from update.")
    if "checkpoint" not in facts:
        report.add("SF07", (update.module, update.node), "No op.checkpoint is reachable from update.")


def _hands_out_operations(model):
    """`getattr(op, kind)`, `run(op)`, `send = op.upsert`: the operation is called under another name."""
    for function in model.functions:
        for node in function.nodes:
            if not (isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)):
                continue
            if not model.is_sdk(node, function, "Operations"):
                continue
            parent = node.parent
            if not isinstance(parent, ast.Attribute):
                return True
            if not (isinstance(parent.parent, ast.Call) and parent.parent.func is parent):
                return True
    return False


def hints(model, report):
    """SF08"""
    for function in (model.update, model.schema):
        if function is None:
            continue
        arguments = function.node.args
        annotations = [a.annotation for a in arguments.args if a.annotation] + [function.node.returns]
        for annotation in filter(None, annotations):
            text = ast.unparse(annotation)
            typing = any(word in text for word in ("Dict", "List", "Mapping", "Generator", "Iterator", "Iterable", "op."))
            if typing:
                report.add("SF08", (function.module, annotation), f"{function.name} is annotated with {text[:60]}.")


def main_block(model, report):
    """SF09"""
    body = model.bodies.get("connector")
    for node in body.nodes if body else []:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "debug":
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "connector":
                # debug(project_path, configuration, state)
                if argument(node, 1, "configuration") is None and not any(k.arg is None for k in node.keywords):
                    report.add("SF09", (body.module, node), "connector.debug() is called without a configuration.")


def exits(model, report):
    """SF10. The main block may end the process; code that no sync reaches is a milder case."""
    for function in model.functions:
        for node in model.calls(function):
            builtin = isinstance(node.func, ast.Name) and node.func.id in EXITS
            if builtin and model.definition(node.func.id, function) is not None:
                continue
            if not builtin and model.external(node.func, function) not in EXTERNAL_EXITS:
                continue
            if in_main_block(node):
                continue
            runs = function in model.reachable or not isinstance(function.node, FUNCTIONS)
            message = f"{ast.unparse(node.func)}() ends the process."
            report.add("SF10", (function.module, node), message, None if runs else "warning")


def opens_configuration(model, report):
    """SF11"""
    for function in model.functions:
        for node in model.calls(function):
            if not (isinstance(node.func, ast.Name) and node.func.id == "open" and node.args):
                continue
            path = node.args[0]
            if not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
                continue
            if path.value.rsplit("/", 1)[-1] != "configuration.json":
                continue
            if function in model.reachable:
                report.add("SF11", (function.module, node), f"{function.name} opens configuration.json.")
            elif path.value.startswith("/"):
                report.add("SF11", (function.module, node), f"{path.value} is an absolute path.", "warning")


def mangled_names(model, report):
    """SF12: only names that the module defines, so that reaching them certainly fails."""
    for function in model.functions:
        cls = _enclosing_class(function)
        if cls is None:
            continue
        body = model.bodies[function.module.name]
        for node in function.nodes:
            if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
                continue
            if not node.id.startswith("__") or node.id.endswith("__"):
                continue
            values = model.once(Values)
            bound = values.bindings(node.id, function)
            defined = model.definition(node.id, body)
            local = bound is not None and bound[1] is not body
            if not local and (bound is not None or defined is not None):
                message = f"{node.id} inside class {cls.name} means _{cls.name.lstrip('_')}{node.id}, which does not exist."
                report.add("SF12", (function.module, node), message)


def _enclosing_class(function: Function):
    scope = function
    while scope is not None:
        if scope.cls is not None:
            return scope.cls
        scope = scope.owner
    return None


def in_main_block(node):
    """Whether a node is inside `if __name__ == "__main__":`."""
    for parent in ancestors(node):
        if isinstance(parent, ast.If) and isinstance(parent.test, ast.Compare):
            left = parent.test.left
            if isinstance(left, ast.Name) and left.id == "__name__":
                return True
    return False


CHECKS = (
    imports_do_nothing,
    yields,
    operations_reachable,
    hints,
    main_block,
    exits,
    opens_configuration,
    mangled_names,
)
