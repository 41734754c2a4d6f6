"""LF24: failures that are passed over, or handed on as data."""

import ast

from syntax import FUNCTIONS, ancestors, own_nodes, tail

BROAD = {"Exception", "BaseException"}
SOURCE_ERRORS = {
    *("RequestException", "HTTPError", "ConnectionError", "Timeout", "ReadTimeout", "HTTPStatusError", "URLError"),
    *("DatabaseError", "OperationalError", "InterfaceError", "Error", "ClientError", "SSHException", "JSONDecodeError"),
}
TIDYING = {"close", "rollback", "quit", "disconnect", "unlink", "cancel", "shutdown", "logout", "terminate"}


def handlers(model, report):
    for function in model.reading:
        for attempt in function.nodes:
            if isinstance(attempt, ast.Try):
                for handler in attempt.handlers:
                    _judge(model, function, attempt, handler, report)


def _judge(model, function, attempt, handler, report):
    broad, source = _caught(handler)
    if not (broad or source) or _raises(model, function, handler) or _only_tidies(attempt):
        return
    where = (function.module, handler)
    name = ast.unparse(handler.type)[:50] if handler.type else "everything"
    asks = any(model.asks_source(statement, function) for statement in attempt.body)
    if _hands_on_error(handler):
        report.add("LF24", where, f"An error (except {name}) is handed on as if it were data.")
    elif asks and _retries(attempt, handler):
        if not _gives_up(attempt, function):
            report.add("LF24", where, f"After the last attempt (except {name}) the read goes on without what failed.")
    elif asks:
        report.add("LF24", where, f"A failure of the source (except {name}) is passed over.")
    elif broad:
        report.add("LF24", where, f"except {name} goes on without raising.", "warning")


def _caught(handler):
    """`(broad, source)`: catches everything; catches failures of the source."""
    if handler.type is None:
        return True, False
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {ast.unparse(t).split(".")[-1] for t in types}
    return bool(names & BROAD), bool(names & SOURCE_ERRORS)


def _raises(model, function, handler):
    """Any raise, also in a function that the handler calls, means that somebody has thought about it."""
    for statement in handler.body:
        for node in [statement, *own_nodes(statement)]:
            if isinstance(node, ast.Raise):
                return True
            if isinstance(node, ast.Call):
                if any(isinstance(n, ast.Raise) for c in model.callees(node.func, function) for n in c.nodes):
                    return True
            # Kept, to be raised when the attempts are over.
            if isinstance(node, ast.Assign) and handler.name and tail(node.value) == handler.name:
                return _gives_up(handler.parent, function)
    return False


def _only_tidies(attempt):
    calls = [n for s in attempt.body for n in [s, *own_nodes(s)] if isinstance(n, ast.Call)]
    return bool(calls) and all(tail(call.func) in TIDYING for call in calls)


def _hands_on_error(handler):
    for statement in handler.body:
        for node in [statement, *own_nodes(statement)]:
            value = node.value if isinstance(node, (ast.Return, ast.Yield)) else None
            if isinstance(value, ast.Dict) and any(getattr(k, "value", None) in ("error", "errors", "exception") for k in value.keys):
                return True
    return False


def _retries(attempt, handler):
    """Inside a loop that the handler lets go round again."""
    if isinstance(handler.body[-1], (ast.Return, ast.Break)):
        return False
    for parent in ancestors(attempt):
        if isinstance(parent, ast.While):
            return True
        if isinstance(parent, ast.For):
            return tail(getattr(parent.iter, "func", None)) == "range" or "attempt" in ast.unparse(parent.target).lower()
    return False


def _gives_up(attempt, function):
    """Whether something is raised after the attempt, in its loop or behind it. A loop without end needs nothing behind it."""
    loop = next((p for p in ancestors(attempt) if isinstance(p, (ast.For, ast.While))), None)
    if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant):
        return True
    after = [n for n in function.nodes if isinstance(n, ast.Raise) and n.lineno > attempt.lineno]
    return bool(after) or not isinstance(function.node, FUNCTIONS)


CHECKS = (handlers,)
