"""A model of the project: what it does with the SDK, requests and databases, directly and through its calls."""

import ast

from names import Function, Names
from syntax import walk_own

SDK = "fivetran_connector_sdk"
LOG_LEVELS = {"debug", "info", "warning", "warn", "error", "critical", "exception", "log"}
DATA_OPERATIONS = {"upsert", "update", "delete", "truncate"}
HTTP_MODULES = {"requests", "httpx", "urllib", "urllib3", "aiohttp"}
HTTP_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "send", "urlopen", "stream"}
SESSION_MAKERS = {"Session", "session", "Client", "ClientSession", "PoolManager", "AsyncClient"}
SESSION_NAMES = {"session", "sess", "http_session", "http_client"}
DATABASE_METHODS = {"execute", "executemany", "fetchone", "fetchmany", "fetchall", "read_sql", "read_sql_query"}


class Model(Names):
    def __init__(self, project):
        super().__init__(project)
        self.sessions = self._session_names()
        self._facts = self._all_facts()
        self.connector_call, self.update, self.schema = self._entry_points()
        self.reachable = self._reach([f for f in (self.update, self.schema) if f])
        self.shared = {}

    def once(self, make):
        """A thing several rule groups need, made on first use by `make(model)`."""
        if make not in self.shared:
            self.shared[make] = make(self)
        return self.shared[make]

    # The SDK

    def is_sdk(self, expression, function, name):
        """Whether an expression is the SDK's `name` (Operations, Logging, Connector) under whatever alias."""
        return self.external(expression, function) == f"{SDK}.{name}"

    def operation(self, node, function):
        """`upsert`, `update`, `delete`, `truncate` or `checkpoint` when the node calls that operation, else None."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            return None
        name = node.func.attr
        if name not in DATA_OPERATIONS and name != "checkpoint":
            return None
        base = node.func.value
        if self.is_sdk(base, function, "Operations"):
            return name
        # `op` handed to a helper as an argument.
        last = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
        if last in ("op", "operations", "Operations") and self.external(base, function) is None:
            return name
        return None

    def log_call(self, node, function):
        """`info`, `warning`, … when the node calls the SDK's log or a logger of the standard library, else None."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if self.is_sdk(node.func.value, function, "Logging"):
                return node.func.attr
            if node.func.attr in LOG_LEVELS and self.is_logger(node.func.value, function):
                return node.func.attr
        return None

    def is_logger(self, expression, function):
        """Whether the name is a module's own logger from logging.getLogger."""
        return isinstance(expression, ast.Name) and (function.module.name, expression.id) in self.once(_loggers)

    def http_call(self, node, function):
        """`get`, `post`, … when the node sends a request (requests, httpx, urllib or a session of them), else None."""
        if not isinstance(node, ast.Call):
            return None
        dotted = self.external(node.func, function)
        if dotted is not None:
            parts = dotted.split(".")
            is_request = parts[0] in HTTP_MODULES and parts[-1] in HTTP_METHODS
            return parts[-1] if is_request and "parse" not in parts else None
        if isinstance(node.func, ast.Attribute) and node.func.attr in HTTP_METHODS:
            return node.func.attr if self.is_session(node.func.value, function) else None
        return None

    def is_session(self, expression, function):
        last = expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", None)
        if isinstance(expression, ast.Call):
            return self._makes_session(expression, function)
        return last is not None and (last in self.sessions or (bool(self.sessions) and last.lstrip("_") in SESSION_NAMES))

    def _makes_session(self, call, function):
        dotted = self.external(call.func, function) if isinstance(call, ast.Call) else None
        parts = dotted.split(".") if dotted else []
        return bool(parts) and parts[0] in HTTP_MODULES and parts[-1] in SESSION_MAKERS

    def _session_names(self):
        """Names and attributes that anywhere in the project hold an HTTP session."""
        names = set()
        for function in self.functions:
            for node in function.nodes:
                if isinstance(node, ast.Assign) and self._makes_session(node.value, function):
                    targets = node.targets
                elif isinstance(node, ast.AnnAssign) and node.value and self._makes_session(node.value, function):
                    targets = [node.target]
                elif isinstance(node, ast.withitem) and self._makes_session(node.context_expr, function):
                    targets = [node.optional_vars]
                else:
                    continue
                for target in targets:
                    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", None)
                    if name:
                        names.add(name)
        return names

    # Facts through calls

    def references(self, function):
        """Functions a body calls or mentions (handed to an executor, a decorator, a table of handlers)."""
        found = []
        for node in function.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                found.extend(self.callees(node, function))
        return found

    def own_fact(self, node, function):
        """What one node does by itself: data, checkpoint, http, database, sleep."""
        operation = self.operation(node, function)
        if operation:
            return "checkpoint" if operation == "checkpoint" else "data"
        if self.http_call(node, function):
            return "http"
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in DATABASE_METHODS:
                return "database"
            dotted = self.external(node.func, function)
            if dotted in ("time.sleep", "asyncio.sleep"):
                return "sleep"
        return None

    def _all_facts(self):
        facts = {f: {self.own_fact(n, f) for n in f.nodes} - {None} for f in self.functions}
        edges = {f: set(self.references(f)) for f in self.functions}
        changed = True
        while changed:
            changed = False
            for function, targets in edges.items():
                before = len(facts[function])
                for target in targets:
                    facts[function] |= facts[target]
                changed |= len(facts[function]) != before
        return facts

    def facts(self, function):
        return self._facts[function]

    def node_facts(self, root, function, exact=False):
        """What a statement or expression does, calls included. With `exact`, only calls that are certain."""
        facts = set()
        for node in walk_own(root):
            own = self.own_fact(node, function)
            if own:
                facts.add(own)
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                for callee in self.callees(node, function, exact):
                    facts |= self._facts[callee]
        return facts

    # Entry points

    def _entry_points(self):
        body = self.bodies.get("connector")
        if body is None:
            return None, None, None
        for node in body.nodes:
            if isinstance(node, ast.Call) and self.is_sdk(node.func, body, "Connector"):
                given = dict(zip(("update", "schema"), node.args))
                given.update({k.arg: k.value for k in node.keywords if k.arg})
                found = {}
                for name, value in given.items():
                    functions = self.callees(value, body, True) if isinstance(value, (ast.Name, ast.Attribute)) else []
                    found[name] = functions[0] if functions else None
                return node, found.get("update"), found.get("schema")
        # No Connector(...) to be seen: the conventional names are still worth checking.
        conventional = [self._local_definition(name, body) for name in ("update", "schema")]
        return None, *[f if isinstance(f, Function) else None for f in conventional]

    def _reach(self, roots):
        seen = set(roots)
        queue = list(roots)
        while queue:
            for target in self.references(queue.pop()):
                if target not in seen:
                    seen.add(target)
                    queue.append(target)
        return seen


def _loggers(model):
    """`(module, name)` of module-level loggers from logging.getLogger."""
    found = set()
    for body in model.bodies.values():
        for node in body.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
                if model.external(node.value.func, body) == "logging.getLogger":
                    found.add((body.module.name, node.targets[0].id))
    return found
