"""SF27 to SF32: how the state is read, written and compared, and loops that do not end."""

import ast
import re

from flow import state_flow
from syntax import FUNCTIONS, ancestors, argument, walk_own
from values import Values
from words import is_secret_name

STRICT = re.compile(r"\b\w*(updated|modified|changed|created|timestamp|_at|_ts|_time|_date)\w*\s*>\s*('?\{|%s|%\(|\?|:\w|'\s*$|$)", re.I)
NOT_JSON = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.fromtimestamp", "datetime.datetime.strptime",
    "datetime.datetime.fromisoformat", "datetime.datetime", "datetime.date.today", "datetime.date", "datetime.timedelta",
    "decimal.Decimal", "uuid.uuid4", "pandas.Timestamp",
}  # fmt: skip


def checkpoint_per_row(model, report):
    """SF27: in one loop body, unconditionally, an upsert of the loop's own variable and a checkpoint."""
    for function in model.reachable:
        for loop in function.nodes:
            if not isinstance(loop, ast.For):
                continue
            names = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
            upserts = [c for c in _direct_calls(loop.body) if model.operation(c, function) in ("upsert", "update")]
            checkpoints = [c for c in _direct_calls(loop.body) if model.operation(c, function) == "checkpoint"]
            if upserts and checkpoints and any(_row_is(model, u, names) for u in upserts) and not _is_short(model, loop, function):
                report.add("SF27", (function.module, checkpoints[0]), "op.checkpoint is called for every row.")


def _direct_calls(statements):
    for statement in statements:
        value = statement.value if isinstance(statement, ast.Expr) else None
        value = value.value if isinstance(value, (ast.Yield, ast.YieldFrom)) else value
        if isinstance(value, ast.Call):
            yield value


def _row_is(_model, upsert, names):
    data = argument(upsert, 1, "data", "modified")
    return isinstance(data, ast.Name) and data.id in names


def _is_short(model, loop, function):
    """A loop over a list the code spells out has few turns."""
    over = loop.iter
    while isinstance(over, ast.Call):
        inner = over.func.value if isinstance(over.func, ast.Attribute) else next(iter(over.args), None)
        if inner is None or getattr(over.func, "attr", getattr(over.func, "id", "")) not in (
            "items",
            "values",
            "keys",
            "enumerate",
            "sorted",
        ):
            break
        over = inner
    literals = model.once(Values).candidates(over, function)
    return bool(literals) and all(isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.Set)) for node, _ in literals)


def state_is_read(model, report):
    """SF28: the position is stored and nothing ever reads it."""
    update = model.update
    flow = model.once(state_flow)
    if update is None or len(update.parameters) < 2 or flow.key_reads():
        return
    stores = []
    for function in model.reachable:
        for node in function.nodes:
            if model.operation(node, function) != "checkpoint":
                continue
            state = argument(node, 0, "state")
            if isinstance(state, ast.Dict) and state.keys and None not in state.keys:
                stores.append((function.module, node))
    if stores and not _used_otherwise(model, flow):
        report.add("SF28", stores[0], "A position is stored in the state, but the state is never read.")


def _used_otherwise(model, flow):
    """`if state`, `for key in state`, `len(state)`, `"x" in state`, `Cursor(**state)`, or a function that is not followed."""
    for function in model.functions:
        for node in function.nodes:
            if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
                continue
            if not flow.holds(node, function):
                continue
            parent = node.parent
            if isinstance(parent, ast.Call) and model.operation(parent, function) == "checkpoint":
                continue
            if isinstance(parent, ast.keyword) and model.operation(parent.parent, function) == "checkpoint":
                continue
            if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
                continue
            if isinstance(parent, ast.Call) and model.callees(parent, function, exact=True):
                continue
            if isinstance(parent, ast.keyword) and model.callees(parent.parent, function, exact=True):
                continue
            return True
    return False


def ties_are_kept(model, report):
    """SF29: SQL that compares a change time with `>` and has no second condition for ties."""
    for function in model.reachable:
        for node in function.nodes:
            parts = []
            if isinstance(node, ast.JoinedStr):
                parts = [v.value if isinstance(v, ast.Constant) else "{" for v in node.values]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(node.parent, (ast.JoinedStr, ast.Expr)):
                parts = [node.value]
            text = "".join(str(p) for p in parts)
            if not re.search(r"\bselect\b.*\bwhere\b", text, re.I | re.S) or re.search(r"\bor\b", text, re.I):
                continue
            found = STRICT.search(text)
            if found:
                message = f"The query compares with a strict {found.group(0).strip()[:50]}."
                report.add("SF29", (function.module, node), message)


def state_content(model, report):
    """SF30: secrets and values that are no JSON in what becomes the state."""
    flow = model.once(state_flow)
    for function in model.reachable:
        for node in function.nodes:
            for key, value in _stored(model, flow, node, function):
                where = (function.module, value)
                if is_secret_name(key):
                    # Sources that change the refresh token at each use leave no other place for it.
                    rotating = "refresh" in key.lower()
                    report.add("SF30", where, f"The state stores {key}.", "warning" if rotating else None)
                    continue
                kind = _not_json(model, value, function)
                if kind:
                    report.add("SF30", where, f"The state stores {key or 'a value'} as {kind}, which is not JSON.")


def _stored(model, flow, node, function):
    """`(key, value)` of `state[key] = value`, `state.update({…})`, and of dicts given to checkpoint."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and flow.holds(target.value, function):
                yield _text(target.slice), node.value
    elif isinstance(node, ast.Call):
        state = None
        if model.operation(node, function) == "checkpoint":
            state = argument(node, 0, "state")
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "update" and node.args:
            if flow.holds(node.func.value, function):
                state = node.args[0]
        if isinstance(state, ast.Dict):
            for key, value in zip(state.keys, state.values):
                if key is not None:
                    yield _text(key), value


def _text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _not_json(model, value, function):
    """Only what is certain: a call that makes such an object, directly or under a name bound once."""
    if isinstance(value, ast.Name):
        bound = model.once(Values).bindings(value.id, function)
        if bound is None or bound[1] is not function or len(bound[0]) != 1 or bound[0][0].kind != "value" or bound[0][0].path:
            return None
        value = bound[0][0].node
    if isinstance(value, (ast.Set, ast.SetComp)):
        return "a set"
    if not isinstance(value, ast.Call):
        return None
    if isinstance(value.func, ast.Name) and value.func.id in ("set", "frozenset"):
        return "a set"
    dotted = model.external(value.func, function)
    return dotted.rsplit(".", 1)[-1] + "()" if dotted in NOT_JSON else None


def guarded_reads(model, report):
    """SF31: `state["x"]` where nothing shows that the key is there."""
    flow = model.once(state_flow)
    for key, default, node, function in flow.key_reads():
        if default is not None or function not in model.reachable or isinstance(node, ast.Call):
            continue
        if function is not model.update or _is_guarded(flow, node, function):
            continue
        report.add("SF31", (function.module, node), f"{ast.unparse(node)} fails in the first sync ({ast.unparse(key)} is not there).")


def _is_guarded(flow, node, function):
    for parent in ancestors(node):
        if isinstance(parent, (ast.If, ast.IfExp, ast.While, ast.BoolOp, ast.Try)):
            return True
    for other in function.nodes:
        if getattr(other, "lineno", node.lineno) > node.lineno:
            continue
        if isinstance(other, ast.Subscript) and isinstance(other.ctx, ast.Store) and flow.holds(other.value, function):
            return True
        if isinstance(other, ast.Call) and any(flow.holds(a, function) for a in other.args):
            return True
        if isinstance(other, ast.Compare) and any(flow.holds(c, function) for c in other.comparators):
            return True
        if isinstance(other, ast.Attribute) and other.attr in ("setdefault", "update") and flow.holds(other.value, function):
            return True
    return False


def loops_end(model, report):
    """SF32: `while True` that nothing leaves, and `while name` whose name nothing in the body changes."""
    for function in model.reachable:
        for loop in function.nodes:
            if not isinstance(loop, ast.While):
                continue
            inside = [n for statement in loop.body for n in walk_own(statement)]
            if any(isinstance(n, (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Assert)) for n in inside):
                continue
            if any(isinstance(n, ast.Break) and _loop_of(n) is loop for n in inside):
                continue
            where = (function.module, loop)
            if isinstance(loop.test, ast.Constant) and loop.test.value:
                if not _may_stop(model, inside, function):
                    report.add("SF32", where, "Nothing ends this loop: it has no break, return or raise.")
            elif isinstance(loop.test, ast.Name) and not _is_changed(loop.test.id, inside, function):
                report.add("SF32", where, f"Nothing in this loop changes {loop.test.id}.")


def _loop_of(node):
    for parent in ancestors(node):
        if isinstance(parent, (ast.For, ast.While, ast.AsyncFor)):
            return parent
    return None


def _may_stop(model, inside, function):
    """A loop may be ended by an exception from anything it calls; only loops over sources are judged."""
    facts = set()
    for node in inside:
        facts |= {model.own_fact(node, function)} - {None}
        if isinstance(node, ast.Call):
            for callee in model.callees(node, function):
                if any(isinstance(n, ast.Raise) for n in callee.nodes):
                    return True
    return not facts & {"http", "database", "data"} or any(_is_next(n) for n in inside)


def _is_next(node):
    """`next(iterator)` and `queue.get()` end a loop by raising."""
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and node.func.id == "next")
        or (isinstance(node.func, ast.Attribute) and node.func.attr in ("get_nowait", "popleft", "__next__", "pop"))
    )


def _is_changed(name, inside, function):
    for node in inside:
        if isinstance(node, ast.Name) and node.id == name:
            if not isinstance(node.ctx, ast.Load):
                return True
            parent = node.parent
            # A list or queue that is emptied, or an object that changes where it is handed to.
            if isinstance(parent, (ast.Attribute, ast.Subscript, ast.Call, ast.keyword, ast.Starred)):
                return True
    return any(isinstance(n, (ast.Global, ast.Nonlocal)) and name in n.names for n in function.nodes) or _captured(name, function)


def _captured(name, function):
    """A nested function may change it through nonlocal."""
    return any(
        isinstance(n, ast.Nonlocal) and name in n.names for node in function.nodes if isinstance(node, FUNCTIONS) for n in ast.walk(node)
    )


CHECKS = (checkpoint_per_row, state_is_read, ties_are_kept, state_content, guarded_reads, loops_end)
