"""LF13 to LF16: whether reading goes on from the offset, reads snapshots whole, keeps batches small, and ends."""

import ast
import re

from syntax import ancestors, names_in, own_nodes, tail, text_of

LIMIT = "max_records_per_batch"
_NOW = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}


def offsets_used(model, report):
    """LF13: by read_table itself, and by helpers that give back an offset of their own."""
    if not model.incremental:
        return
    for cls in model.connectors:
        for name in ("read_table", "read_table_deletes"):
            method = cls.methods.get(name)
            if method and len(method.parameters) > 2 and not _is_read(method.parameters[2], method) and not _only_raises(method):
                report.add("LF13", (method.module, method.node), f"{name}() never looks at {method.parameters[2]}.")
    for function in model.reading:
        given = [p for p in function.parameters if p == "start_offset"]
        if given and function.name not in ("read_table", "read_table_deletes") and not _is_read(given[0], function):
            if _moves_on(function) and not is_snapshot(model, function):
                report.add("LF13", (function.module, function.node), f"{function.name}() never looks at start_offset.")


def _is_read(name, function):
    """Whether it is looked at. Handing it back as it came is not."""
    back = {id(n) for _, _, offset in returned_offsets(function) for n in ast.walk(offset)}
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) and id(n) not in back for n in ast.walk(function.node)
    )


def _only_raises(function):
    return all(isinstance(s, (ast.Raise, ast.Expr)) for s in function.node.body)


def returned_offsets(function):
    """`(return statement, records, offset)` of every pair that is returned."""
    for node in function.nodes:
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            yield node, *node.value.elts


def _moves_on(function):
    """Whether an offset with a value that is worked out is returned."""
    for _, _, offset in returned_offsets(function):
        values = offset.values if isinstance(offset, ast.Dict) else []
        if any(not isinstance(value, ast.Constant) for value in values):
            return True
    return False


def is_snapshot(model, function):
    """Whether a function reads snapshots, by its name, by the test it is called under, or because there is nothing else."""
    if model.types == {"snapshot"} or re.search(r"snapshot|full_(read|refresh|load|table)", function.name):
        return True
    sites = [
        (node, caller)
        for caller in model.reading
        for node in caller.nodes
        if isinstance(node, ast.Call) and function in model.callees(node.func, caller)
    ]
    return bool(sites) and all(_under_snapshot(node, caller) for node, caller in sites)


def _under_snapshot(node, function):
    inner = node
    for parent in ancestors(node):
        if isinstance(parent, ast.If) and _tests_snapshot(parent.test, ast.Eq) and inner in parent.body:
            return True
        if isinstance(parent, ast.If) and _tests_snapshot(parent.test, ast.NotEq) and inner in parent.orelse:
            return True
        inner = parent
    return "snapshot" in function.name


def _tests_snapshot(test, operator):
    return any(
        isinstance(n, ast.Compare) and isinstance(n.ops[0], operator) and "snapshot" in [text_of(n.left), *map(text_of, n.comparators)]
        for n in ast.walk(test)
    )


def snapshots_whole(model, report):
    """LF14"""
    for function in model.reading:
        if not is_snapshot(model, function):
            continue
        limits = _limits(function)
        for node in function.nodes:
            if _cuts(node, limits):
                report.add("LF14", (function.module, node), "A snapshot is cut off at the size of a batch.")


def _limits(function):
    """Names that hold the size of a batch."""
    found = {name for name in function.parameters if re.search(r"max_records|batch_limit|max_batch", name)}
    for node in function.nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            if any(text_of(inner) == LIMIT for inner in ast.walk(node.value)) or names_in(node.value) & found:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found.update(filter(None, map(tail, targets)))
    return found


def _cuts(node, limits):
    if isinstance(node, ast.If) and _compares(node.test, limits):
        return any(isinstance(n, (ast.Break, ast.Return)) for s in node.body for n in [s, *own_nodes(s)])
    if isinstance(node, ast.While):
        return _compares(node.test, limits)
    if isinstance(node, ast.Slice):
        return node.upper is not None and bool(names_in(node.upper) & limits)
    return isinstance(node, ast.Call) and tail(node.func) == "islice" and any(names_in(a) & limits for a in node.args[1:])


def _compares(test, limits):
    return any(isinstance(n, ast.Compare) and names_in(n) & limits for n in ast.walk(test))


def batches_limited(model, report):
    """LF15"""
    if not model.incremental:
        return
    texts = {text_of(node) for module in model.project.shipped for node in ast.walk(module.tree)}
    for cls in model.connectors:
        method = model.method(cls, "read_table")
        if method and LIMIT not in texts:
            report.add("LF15", (method.module, method.node), f"{LIMIT} is never read.")


def ends(model, report):
    """LF16: some clock that is read when the instance is made."""
    if not model.incremental:
        return
    for cls in model.connectors:
        method = model.method(cls, "read_table")
        init = model.method(cls, "__init__")
        if method and not (init and any(_reads_clock(node) for f in model.reach([init]) for node in f.nodes)):
            report.add("LF16", (method.module, method.node), "Nothing remembers when the instance was made, so a read may never end.")


def _reads_clock(node):
    return isinstance(node, ast.Call) and tail(node.func) in _NOW and isinstance(node.func, (ast.Attribute, ast.Name))


def clock_attributes(model):
    """Names of attributes that hold the time of construction."""
    found = set()
    for cls in model.connectors:
        init = model.method(cls, "__init__")
        for node in init.nodes if init else ():
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                if any(_reads_clock(inner) for inner in ast.walk(node.value)):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    found.update(target.attr for target in targets if isinstance(target, ast.Attribute))
    return found


CHECKS = (offsets_used, snapshots_whole, batches_limited, ends)
