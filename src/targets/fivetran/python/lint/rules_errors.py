"""SF39 and SF40: handlers that catch too much or let failures pass."""

import ast

from syntax import ancestors, walk_own

BROAD = {"Exception", "BaseException"}
SOURCE_ERRORS = {"RequestException", "HTTPError", "ConnectionError", "Timeout", "DatabaseError", "OperationalError", "Error"}
QUIET_CALLS = {"close", "rollback", "quit", "disconnect", "remove", "unlink", "rmtree", "cancel", "shutdown", "logout", "terminate"}


def handlers(model, report):
    """One finding per handler: what is surely lost rows blocks, other broad handlers that go on are a warning."""
    for function in model.reachable:
        for attempt in function.nodes:
            if isinstance(attempt, ast.Try):
                for handler in attempt.handlers:
                    _judge(model, function, attempt, handler, report)


def _judge(model, function, attempt, handler, report):
    broad, source = _caught(handler)
    if _raises(model, function, handler) or not (broad or source):
        return
    where = (function.module, handler)
    exact = set().union(*(model.node_facts(s, function, exact=True) for s in attempt.body))
    name = ast.unparse(handler.type)[:50] if handler.type else "everything"
    if "data" in exact and _goes_on_to_checkpoint(model, function, attempt, handler):
        message = f"Rows that fail are passed over (except {name}), and a checkpoint follows."
        report.add("SF40", where, message, None if _moves_on(model, function, attempt, handler) else "warning")
    elif broad and _is_pass(handler) and exact & {"data", "http", "database"} and not _only_quiet(attempt):
        report.add("SF40", where, "An exception from the source is dropped without a word.")
    elif broad and _is_pass(handler) and not _only_quiet(attempt):
        report.add("SF40", where, "Any exception is dropped without a word.", "warning")
    elif exact & {"http", "database"} and _returns_empty(handler) and not _is_retried(attempt):
        report.add("SF40", where, f"A failed request (except {name}) is returned as an empty result.", "warning")
    elif broad and not _is_retried(attempt):
        report.add("SF39", where, f"except {name} goes on without raising.")


def _caught(handler):
    """`(broad, source)`: catches everything; catches failures of the source."""
    if handler.type is None:
        return True, False
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {ast.unparse(t).split(".")[-1] for t in types}
    return bool(names & BROAD), bool(names & SOURCE_ERRORS)


def _raises(model, function, handler):
    """Any raise, also in a function the handler calls, means that somebody has thought about it."""
    for statement in handler.body:
        for node in walk_own(statement):
            if isinstance(node, ast.Raise):
                return True
            if isinstance(node, ast.Call):
                if any(isinstance(n, ast.Raise) for c in model.callees(node, function) for n in c.nodes):
                    return True
                # The exception is kept for later, or the SDK is told to end the sync.
                if isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "set_exception", "exit", "_exit", "put"):
                    return True
                if (
                    isinstance(node.func, ast.Attribute)
                    and node.func.attr == "error"
                    and model.is_sdk(node.func.value, function, "Operations")
                ):
                    return True
    return False


def _is_pass(handler):
    return all(
        isinstance(s, (ast.Pass, ast.Continue)) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)) for s in handler.body
    )


def _only_quiet(attempt):
    """Cleaning up may fail in silence."""
    calls = [n for s in attempt.body for n in walk_own(s) if isinstance(n, ast.Call)]
    names = {n.func.attr if isinstance(n.func, ast.Attribute) else getattr(n.func, "id", "") for n in calls}
    return bool(names & QUIET_CALLS)


def _returns_empty(handler):
    last = handler.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return False
    return isinstance(last.value, (ast.List, ast.Dict, ast.Tuple)) and not ast.unparse(last.value).strip("[](){}, ")


def _is_retried(attempt):
    """A handler directly inside a loop that tries again is the matter of the retry rules."""
    for parent in ancestors(attempt):
        if isinstance(parent, ast.While):
            return True
        if isinstance(parent, ast.For):
            return isinstance(parent.iter, ast.Call) and getattr(parent.iter.func, "id", "") == "range"
    return False


def _goes_on_to_checkpoint(model, function, attempt, handler):
    """A checkpoint in the handler, in finally, after the try in an enclosing block, or in a loop around it."""
    if _leaves(handler):
        return False
    inside = [s for s in [*handler.body, *attempt.finalbody]]
    if any("checkpoint" in model.node_facts(s, function, exact=True) for s in inside):
        return True
    node = attempt
    for parent in ancestors(attempt):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if isinstance(block, list) and node in block:
                later = block[block.index(node) + 1 :]
                if any("checkpoint" in model.node_facts(s, function, exact=True) for s in later):
                    return True
        if isinstance(parent, (ast.For, ast.While)) and "checkpoint" in model.node_facts(parent, function, exact=True):
            return True
        node = parent
    return False


def _leaves(handler):
    return isinstance(handler.body[-1], (ast.Return, ast.Raise)) and not _has_checkpoint_before_return(handler)


def _has_checkpoint_before_return(handler):
    return any(isinstance(n, ast.Attribute) and n.attr == "checkpoint" for s in handler.body for n in walk_own(s))


def _moves_on(model, function, attempt, handler):
    """
    Whether the state moves although the rows failed: it is set after the try in the same block. State set inside the try
    stays where it was when the try fails, which is the right way to leave out a table.
    """
    if any(model.operation(n, function) == "checkpoint" for s in attempt.body for n in walk_own(s)):
        return False
    block = next(
        (b for f in ("body", "orelse", "finalbody") if isinstance(b := getattr(attempt.parent, f, None), list) and attempt in b), []
    )
    later = [*handler.body, *attempt.finalbody, *block[block.index(attempt) + 1 :]] if block else []
    for statement in later:
        for node in walk_own(statement):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and "state" in ast.unparse(node.value).lower():
                # Noting the error is no progress.
                if not any(word in ast.unparse(node.slice).lower() for word in ("error", "fail", "status")):
                    return True
            if model.operation(node, function) == "checkpoint":
                given = [*node.args, *(k.value for k in node.keywords)]
                if given and isinstance(given[0], ast.Dict):
                    return True
    return False


CHECKS = (handlers,)
