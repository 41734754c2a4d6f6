"""SF02 to SF05: the entry points, and what they do first."""

import ast

from flow import configuration_flow
from project import ENTRY
from syntax import argument
from values import Values


def entry_exists(model, report):
    """SF02"""
    project = model.project
    if project.entry is None:
        if ENTRY not in project.broken:
            others = [n for n in project.names if n.rsplit("/", 1)[-1].lower() == ENTRY]
            hint = f" There is {others[0]}." if others else ""
            report.add("SF02", (ENTRY, 0), f"There is no connector.py in the connector's directory.{hint}")
        return
    module = project.entry
    body = model.bodies["connector"]
    found = Values(model).bindings("connector", body)
    if found is None and model.definition("connector", body) is None:
        elsewhere = model.connector_call
        line = elsewhere.lineno if elsewhere else 0
        name = _target(elsewhere) if elsewhere else None
        message = f"The Connector object is called {name}." if name else "connector.py defines no `connector`."
        report.add("SF02", (module, line), message)
    call = model.connector_call
    if call is not None and argument(call, 0, "update") is None and not any(k.arg is None for k in call.keywords):
        report.add("SF02", (module, call), "Connector(…) is given no update function.")


def _target(call):
    parent = call.parent
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        return parent.targets[0].id
    return None


def signatures(model, report):
    """SF03, SF04: parameters of update and schema."""
    update, schema = model.update, model.schema
    if update:
        _update_signature(update, report)
        if not update.is_generator:
            for node in update.nodes:
                if isinstance(node, ast.Return) and _is_data(node.value):
                    report.add("SF03", (update.module, node), "update returns a value, which the SDK ignores.", "warning")
    if schema:
        arguments = schema.node.args
        required = len(schema.parameters) - len(arguments.defaults) - sum(d is not None for d in arguments.kw_defaults)
        count = len(schema.parameters) - (1 if schema.cls else 0)
        if (count == 0 and not arguments.vararg) or required - (1 if schema.cls else 0) > 1:
            message = f"schema takes {count} parameters, but is called with the configuration alone."
            report.add("SF04", (schema.module, schema.node), message, "blocker")
    elif model.connector_call is not None and argument(model.connector_call, 1, "schema") is None:
        report.add("SF04", (model.project.entry, model.connector_call), "Connector(…) is given no schema function.")


def _update_signature(update, report):
    arguments = update.node.args
    names = update.parameters[1:] if update.cls else update.parameters
    missing = [n for n in ("configuration", "state") if n not in names and not arguments.kwarg]
    defaults = len(arguments.defaults)
    extra = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    required = extra[: len(extra) - defaults] if defaults else extra
    surplus = [n for n in required if n not in ("configuration", "state", "self", "cls")]
    if missing or surplus:
        found = ", ".join(names) or "no parameters"
        report.add("SF03", (update.module, update.node), f"update takes ({found}) instead of (configuration, state).")


def _is_data(value):
    """Returned values that someone may believe to be delivered; `return None` and `return helper()` are fine."""
    return isinstance(value, (ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.Tuple))


def validation(model, report):
    """SF05: a configuration that is used is validated, before anything else, for more than presence."""
    update = model.update
    flow = model.once(configuration_flow)
    reads = [r for r in flow.key_reads() if r[3] in model.reachable]
    if update is None or not reads:
        return
    validators = [f for f in model.reachable if _is_validator(f)]
    if not validators:
        if not _raises_value_error(update):
            report.add("SF05", (update.module, update.node), "Nothing validates the configuration.")
        return
    if not any(_raises_value_error(f) for f in validators) and not any(_calls_further(model, f) for f in validators):
        first = validators[0]
        report.add("SF05", (first.module, first.node), f"{first.name} never raises an error.")
        return
    for function in validators:
        if _presence_only(function):
            message = f"{function.name} checks that keys are present, not that they have values."
            report.add("SF05", (function.module, function.node), message)


def _is_validator(function):
    name = function.name.lower()
    return ("valid" in name or "check" in name) and "conf" in name


def _raises_value_error(function):
    return any(isinstance(n, ast.Raise) for n in function.nodes)


def _calls_further(model, function):
    return any(model.callees(call, function) for call in model.calls(function))


def _presence_only(function):
    """`key not in configuration` and nothing that looks at a value."""
    looks = any(
        (isinstance(n, ast.Attribute) and n.attr in ("get", "strip", "values", "items"))
        or (isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Load))
        or (isinstance(n, ast.Call) and getattr(n.func, "id", "") in ("any", "all", "len"))
        for n in function.nodes
    )
    present = any(isinstance(n, ast.Compare) and isinstance(n.ops[0], (ast.NotIn, ast.In)) for n in function.nodes)
    return present and not looks


CHECKS = (entry_exists, signatures, validation)
