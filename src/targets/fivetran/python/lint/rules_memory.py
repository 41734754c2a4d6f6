"""SF37 and SF38: what is held in memory or left open."""

import ast
import re

from syntax import ancestors, walk_own
from values import Values

BOUNDED = re.compile(
    r"\b(limit|top|fetch\s+(next|first)|rownum|offset|count\s*\(|max\s*\(|min\s*\(|information_schema|sys\.|sys(objects|columns|tables|cat\w*|tab\w*)|pg_|pragma|show|describe|"
    r"all_tab|user_tab|dba_|sqlite_master|\bkeyspace|between|system\.)",
    re.I,
)
CONNECTS = {
    "psycopg2.connect", "psycopg.connect", "pyodbc.connect", "pymysql.connect", "mysql.connector.connect", "cx_Oracle.connect",
    "oracledb.connect", "sqlite3.connect", "pymssql.connect", "redshift_connector.connect", "ibm_db.connect", "teradatasql.connect",
}  # fmt: skip


def everything_at_once(model, report):
    """SF37: fetchall of an unbounded query, lists that grow over pages."""
    for function in model.reachable:
        for node in model.calls(function):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "fetchall":
                _fetchall(model, function, node, report)
            elif (model.external(node.func, function) or "").startswith("pandas.read_"):
                _read_whole(model, function, node, report)
        for loop in function.nodes:
            if isinstance(loop, ast.While):
                _growing_list(model, function, loop, report)


def _fetchall(model, function, node, report):
    """A query known to be bounded is fine; one known not to be blocks; one that cannot be told is a warning."""
    texts = _queries(model, function, node)
    if texts is None:
        report.add("SF37", (function.module, node), "fetchall() reads the whole result into memory.", "warning")
    elif not all(BOUNDED.search(text) for text in texts) and any(re.search(r"\bselect\b", t, re.I) for t in texts):
        report.add("SF37", (function.module, node), "fetchall() reads the whole result of an unlimited query into memory.")


def _queries(model, function, node):
    """Texts of the queries executed before the fetch, holes left as {}, or None."""
    values = model.once(Values)
    executed = [
        n
        for n in model.calls(function)
        if isinstance(n.func, ast.Attribute) and n.func.attr == "execute" and n.args and n.lineno <= node.lineno
    ]
    if not executed:
        return None
    last = max(executed, key=lambda n: n.lineno)
    found = []
    for literal, scope in values.candidates(last.args[0], function) or [(None, None)]:
        text = _query_text(values, literal, scope)
        if text is None:
            return None
        found.append(text)
    return found


def _query_text(values, node, scope):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
                continue
            some = values.strings(part.value, scope)
            # A hole may hold a whole clause, unless it is the name of a table or a value in a comparison.
            before = parts[-1] if parts else ""
            if some is None and not re.search(r"(from|join|[=<>]|,|\(|')\s*[\w\".]*$", before, re.I):
                return None
            parts.append(next(iter(some)) if some else "{}")
        return "".join(parts)
    return None


def _read_whole(model, function, node, report):
    """pandas readers of files without chunks."""
    kind = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    chunked = any(k.arg in ("chunksize", "iterator", "nrows", None) for k in node.keywords)
    if kind in ("read_csv", "read_sql", "read_sql_query", "read_table", "read_fwf") and not chunked:
        report.add("SF37", (function.module, node), f"{kind} without chunksize reads everything into memory.", "warning")


def _growing_list(model, function, loop, report):
    """In a page loop: a list made before it, extended in it, never emptied, and used only after it."""
    facts = model.node_facts(loop, function, exact=True)
    if not facts & {"http", "database"}:
        return
    for node in walk_own(loop):
        name = _extended(node)
        if name is None or _innermost_loop(node) is not loop:
            continue
        if _is_emptied(name, loop) or not _made_empty_before(name, function, loop):
            continue
        if not _used_after(name, function, loop):
            continue
        message = f"{name} collects every page before a row is sent."
        report.add("SF37", (function.module, node), message, "warning")


def _extended(node):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "extend":
        return node.func.value.id if isinstance(node.func.value, ast.Name) else None
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
        return node.target.id if isinstance(node.value, (ast.Name, ast.List, ast.ListComp, ast.Call)) else None
    return None


def _innermost_loop(node):
    return next((a for a in ancestors(node) if isinstance(a, (ast.For, ast.While))), None)


def _is_emptied(name, loop):
    for node in walk_own(loop):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("clear", "pop", "popleft") and getattr(node.value, "id", None) == name:
            return True
        if isinstance(node, ast.Delete):
            return True
    return False


def _made_empty_before(name, function, loop):
    for node in function.nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.lineno < loop.lineno:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            empty = isinstance(node.value, ast.List) and not node.value.elts
            if empty and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return True
    return False


def _used_after(name, function, loop):
    end = loop.end_lineno or loop.lineno
    return any(isinstance(n, ast.Name) and n.id == name and n.lineno > end for n in function.nodes)


def closed(model, report):
    """SF38: open() and connect() held under a plain name that nothing closes, returns or hands on."""
    for function in model.reachable:
        for node in model.calls(function):
            is_open = isinstance(node.func, ast.Name) and node.func.id == "open" and model.definition("open", function) is None
            if not is_open and model.external(node.func, function) not in CONNECTS:
                continue
            parent = node.parent
            if is_open and isinstance(parent, ast.Attribute):
                report.add("SF38", (function.module, node), "A file is opened and never closed.")
            if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
                name = parent.targets[0].id
                if not _is_let_go(name, function):
                    what = "The file" if is_open else "The connection"
                    report.add("SF38", (function.module, node), f"{what} {name} is never closed.")


def _is_let_go(name, function):
    for node in function.nodes:
        if not (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)):
            continue
        parent = node.parent
        if isinstance(parent, ast.Attribute):
            if parent.attr in ("close", "__exit__", "dispose"):
                return True
        else:
            return True
    return False


CHECKS = (everything_at_once, closed)
