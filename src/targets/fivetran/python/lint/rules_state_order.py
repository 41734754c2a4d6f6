"""SF25 and SF26: the order of rows, state and checkpoints along the way a sync runs."""

import ast

from flow import state_flow
from syntax import FUNCTIONS, argument, walk_own


def state_after_rows(model, report):
    """SF25: rows in hand, the state moved and checkpointed, and only then the rows sent."""
    for function in model.reachable:
        for block in blocks(function):
            for index, statement in enumerate(block):
                if _checkpoints_only(model, statement, function):
                    _early_checkpoint(model, function, block, index, report)


def blocks(function):
    """All lists of statements of a function."""
    for node in [function.node, *function.nodes]:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and (node is function.node or not isinstance(node, (*FUNCTIONS, ast.ClassDef))):
                yield block


def _checkpoints_only(model, statement, function):
    if not isinstance(statement, ast.Expr):
        return False
    facts = model.node_facts(statement, function)
    return "checkpoint" in facts and "data" not in facts


def _early_checkpoint(model, function, block, index, report):
    """
    The pattern, in one block: `rows = …`; nothing sent; a state change; the checkpoint; then `rows` sent.
    Rows sent anywhere before the checkpoint mean that it covers those, so the rule is silent.
    """
    before, after = block[:index], block[index + 1 :]
    if any("data" in model.node_facts(s, function) for s in before):
        return
    held = {}
    for statement in before:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            if _reads_source(model, statement.value, function) or _derives(statement.value, held):
                held[statement.targets[0].id] = statement
    if not held or not _moves_state(model, function, before, block[index], held):
        return
    for statement in after:
        if "data" not in model.node_facts(statement, function, exact=True):
            continue
        used = {n.id for n in walk_own(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if used & set(held):
            name = sorted(used & set(held))[0]
            message = f"The state is checkpointed before {name}, read at line {held[name].lineno}, is sent at line {statement.lineno}."
            report.add("SF25", (function.module, block[index]), message)
        return


def _reads_source(model, expression, function):
    return bool(model.node_facts(expression, function) & {"http", "database"})


def _derives(expression, held):
    return any(isinstance(n, ast.Name) and n.id in held for n in walk_own(expression))


def _moves_state(model, function, before, checkpoint, held):
    """Whether the state changes, by what was read, between the read and the checkpoint."""
    flow = model.once(state_flow)
    first = min(statement.lineno for statement in held.values())
    for node in walk_own(checkpoint):
        if model.operation(node, function) == "checkpoint":
            state = argument(node, 0, "state")
            if isinstance(state, ast.Dict) and _derives(state, held):
                return True
    for statement in before:
        if statement.lineno < first or not isinstance(statement, (ast.Assign, ast.AugAssign)):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            if isinstance(target, ast.Subscript) and flow.holds(target.value, function) and _derives(statement.value, held):
                return True
    return False


# SF26

UNCHANGED, CLEAN = "unchanged", "clean"


class Trail:
    """Follows the usual way through a function and remembers whether rows are waiting for a checkpoint.

    A status is UNCHANGED, CLEAN, or the call that sent rows since the last checkpoint; None when a path has ended.
    Where paths differ the better one is taken, except for checkpoints every N rows, which by chance miss the last ones.
    """

    def __init__(self, model):
        self.model = model
        self.summaries = {}

    def summary(self, function):
        if function not in self.summaries:
            # While it is being followed, a recursive call changes nothing.
            self.summaries[function] = UNCHANGED
            returns = []
            end = self._block(function.node.body, UNCHANGED, function, returns, [])
            self.summaries[function] = _best([end, *returns[-1:]]) or UNCHANGED
        return self.summaries[function]

    def _block(self, statements, status, function, returns, breaks):
        for statement in statements:
            if status is None:
                return None
            status = self._statement(statement, status, function, returns, breaks)
        return status

    def _statement(self, node, status, function, returns, breaks):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            return status
        if isinstance(node, ast.If):
            return self._branch(node, status, function, returns, breaks)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            return self._loop(node, status, function, returns)
        if isinstance(node, ast.Try):
            status = self._block(node.body + node.orelse, status, function, returns, breaks)
            if node.finalbody:
                after = self._block(node.finalbody, UNCHANGED if status is None else status, function, returns, breaks)
                returns[:] = [after if after is CLEAN else r for r in returns]
                return None if status is None else after
            return status
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                status = self._expression(item.context_expr, status, function)
            return self._block(node.body, status, function, returns, breaks)
        if isinstance(node, ast.Match):
            ends = [self._block(case.body, status, function, returns, breaks) for case in node.cases]
            return _best([*ends, status])
        status = self._expression(node, status, function)
        if isinstance(node, ast.Return):
            returns.append(status)
            return None
        if isinstance(node, (ast.Break, ast.Continue)):
            breaks.append((isinstance(node, ast.Break), status))
            return None
        return None if isinstance(node, ast.Raise) else status

    def _branch(self, node, status, function, returns, breaks):
        status = self._expression(node.test, status, function)
        if isinstance(node.test, ast.Constant):
            return self._block(node.body if node.test.value else node.orelse, status, function, returns, breaks)
        if not node.orelse and _every_so_many(node.test):
            return status
        body = self._block(node.body, status, function, returns, breaks)
        return _best([body, self._block(node.orelse, status, function, returns, breaks)])

    def _loop(self, node, status, function, returns):
        is_while = isinstance(node, ast.While)
        status = self._expression(node.test if is_while else node.iter, status, function)
        endless = is_while and isinstance(node.test, ast.Constant) and bool(node.test.value)
        for _ in range(2):
            breaks = []
            end = self._block(node.body, status, function, returns, breaks)
            again = _best([end, *[s for is_break, s in breaks if not is_break]])
            status = status if again is None else again
        left = [s for is_break, s in breaks if is_break]
        if endless:
            return _best(left)
        return self._block(node.orelse, _best([status, *left]) or status, function, returns, [])

    def _expression(self, root, status, function):
        """Effects of the calls in a statement, in source order."""
        calls = [n for n in walk_own(root) if isinstance(n, ast.Call)]
        calls.sort(key=lambda n: (n.end_lineno or 0, n.end_col_offset or 0))
        for call in calls:
            operation = self.model.operation(call, function)
            if operation:
                status = CLEAN if operation == "checkpoint" else (call, function)
                continue
            status = self._call(call, status, function)
        return status

    def _call(self, call, status, function):
        exact = self.model.callees(call, function, exact=True)
        if exact:
            after = _best([self.summary(callee) for callee in exact])
            return status if after is UNCHANGED else after
        handed = [call, *call.args, *(k.value for k in call.keywords)]
        for node in handed:
            if not isinstance(node, (ast.Call, ast.Name, ast.Attribute)):
                continue
            for callee in self.model.callees(node, function):
                if "checkpoint" in self.model.facts(callee):
                    return CLEAN
        return status


def _best(statuses):
    """CLEAN over rows waiting over UNCHANGED: a branch that sends nothing says nothing about one that does."""
    known = [s for s in statuses if s is not None]
    if CLEAN in known:
        return CLEAN
    waiting = [s for s in known if s is not UNCHANGED]
    if waiting:
        return waiting[-1]
    return UNCHANGED if known else None


def _every_so_many(test):
    """`count % N == 0` and `not count % N`: true only now and then. `!= 0` is how the rest is caught after a loop."""
    for node in ast.walk(test):
        inner = None
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            inner = node.left
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = node.operand
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mod):
            return True
    return False


def checkpoint_at_the_end(model, report):
    """SF26: rows after the last checkpoint on the usual way through update, and long loops without one."""
    update = model.update
    if update is None or "checkpoint" not in model.facts(update):
        return
    trail = Trail(model)
    end = trail.summary(update)
    if isinstance(end, tuple):
        call, function = end
        message = "No checkpoint follows these rows before update ends."
        report.add("SF26", (function.module, call), message)
    for function in model.reachable:
        for loop in function.nodes:
            if isinstance(loop, ast.While):
                facts = model.node_facts(loop, function)
                exact = model.node_facts(loop, function, exact=True)
                if {"data", "http"} <= exact and "checkpoint" not in facts:
                    message = "This loop sends page after page without a checkpoint."
                    report.add("SF26", (function.module, loop), message, "warning")


CHECKS = (state_after_rows, checkpoint_at_the_end)
