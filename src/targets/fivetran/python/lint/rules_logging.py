"""SF43 to SF45: print, the standard logging module, deprecated levels, a line per row."""

import ast

from model import LOG_LEVELS
from rules_structure import in_main_block
from syntax import FUNCTIONS


def print_and_logging(model, report):
    """SF43: where a sync or an import reaches it. Quietening a library's logger is fine, and so are loggers whose lines a
    handler passes on to the SDK's log."""
    forwarded = _is_forwarded(model)
    for function in model.functions:
        if function not in model.reachable and isinstance(function.node, FUNCTIONS):
            continue
        for node in model.calls(function):
            if in_main_block(node):
                continue
            where = (function.module, node)
            if isinstance(node.func, ast.Name) and node.func.id == "print" and model.definition("print", function) is None:
                report.add("SF43", where, "print() is used.")
            elif isinstance(node.func, ast.Attribute) and node.func.attr in LOG_LEVELS:
                dotted = model.external(node.func, function)
                if dotted in {f"logging.{level}" for level in LOG_LEVELS}:
                    report.add("SF43", where, f"{dotted}() is used.")
                elif not forwarded and model.is_logger(node.func.value, function):
                    report.add("SF43", where, f"{node.func.value.id}.{node.func.attr}() of the standard logging module is used.")


def _is_forwarded(model):
    """Whether a handler that passes lines on to the SDK's log is set up where a sync reaches it."""
    handlers = [
        cls
        for cls in model.classes
        if any(model.external(base, model.bodies[cls.module.name]) == "logging.Handler" for base in cls.node.bases)
        and "emit" in cls.methods
        and any(model.is_sdk(node.func.value, cls.methods["emit"], "Logging") for node in _method_calls(model, cls.methods["emit"]))
    ]
    return any(
        isinstance(node.func, ast.Name) and model.definition(node.func.id, function) in handlers
        for function in model.reachable
        for node in model.calls(function)
    )


def _method_calls(model, function):
    return [node for node in model.calls(function) if isinstance(node.func, ast.Attribute)]


def deprecated_levels(model, report):
    """SF44"""
    for function in model.functions:
        for node in function.nodes:
            level = model.log_call(node, function)
            if level in ("fine", "severe"):
                report.add("SF44", (function.module, node), f"log.{level} is deprecated.")


def line_per_row(model, report):
    """SF45: an unconditional log line beside an upsert in one innermost loop body."""
    for function in model.reachable:
        for loop in function.nodes:
            if not isinstance(loop, ast.For):
                continue
            statements = [s.value for s in loop.body if isinstance(s, ast.Expr)]
            upserts = any(model.operation(s, function) in ("upsert", "update", "delete") for s in statements)
            for statement in statements:
                level = model.log_call(statement, function)
                if upserts and level and level not in ("debug", "fine"):
                    report.add("SF45", (function.module, statement), f"log.{level} is called for every row.")


CHECKS = (print_and_logging, deprecated_levels, line_per_row)
