"""A model of the project: functions, what a name refers to, who calls whom, what a function does through its calls.

Calls of methods on objects of unknown class are resolved by name to every method of that name. That is too much rather
than too little, so "is reachable" errs on the side of silence; rules that accuse use `callees(exact=True)`.
"""

import ast

from syntax import FUNCTIONS, own_nodes, walk_own

SDK = "fivetran_connector_sdk"
LOG_LEVELS = {"debug", "info", "warning", "warn", "error", "critical", "exception", "log"}
DATA_OPERATIONS = {"upsert", "update", "delete", "truncate"}
HTTP_MODULES = {"requests", "httpx", "urllib", "urllib3", "aiohttp"}
HTTP_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "send", "urlopen", "stream"}
SESSION_MAKERS = {"Session", "session", "Client", "ClientSession", "PoolManager", "AsyncClient"}
SESSION_NAMES = {"session", "sess", "http_session", "http_client"}
DATABASE_METHODS = {"execute", "executemany", "fetchone", "fetchmany", "fetchall", "read_sql", "read_sql_query"}
# Methods of built-in types: a project method of the same name is not what `x.get()` usually means.
COMMON_METHODS = {"get", "update", "append", "extend", "items", "keys", "values", "pop", "close", "copy", "add", "format"}


class Function:
    """A function, or the body of a module (`node` is then an `ast.Module`)."""

    def __init__(self, module, node, owner, cls):
        self.module = module
        self.node = node
        self.owner = owner
        self.cls = cls
        self.name = getattr(node, "name", "<module>")
        self.nodes = list(own_nodes(node))
        self.bindings = None
        self.is_generator = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in self.nodes)

    @property
    def parameters(self):
        if not isinstance(self.node, FUNCTIONS):
            return []
        arguments = self.node.args
        return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


class Class:
    def __init__(self, module, node, owner):
        self.module = module
        self.node = node
        self.owner = owner
        self.name = node.name
        self.methods = {}


class Model:
    def __init__(self, project):
        self.project = project
        self.functions = []
        self.classes = []
        self.bodies = {}
        self.methods = {}
        for module in project.modules.values():
            body = Function(module, module.tree, None, None)
            self.bodies[module.name] = body
            self.functions.append(body)
            self._collect(module, module.tree, body, None)
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

    # Structure

    def _collect(self, module, node, owner, cls):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FUNCTIONS):
                function = Function(module, child, owner, cls)
                child.function = function
                self.functions.append(function)
                if cls:
                    cls.methods[child.name] = function
                    self.methods.setdefault(child.name, []).append(function)
                self._collect(module, child, function, None)
            elif isinstance(child, ast.ClassDef):
                found = Class(module, child, owner)
                child.cls = found
                self.classes.append(found)
                self._collect(module, child, owner, found)
            else:
                self._collect(module, child, owner, cls)

    def calls(self, function):
        return [node for node in function.nodes if isinstance(node, ast.Call)]

    def definition(self, name, function):
        """What a plain name means: a Function, a Class, `("module", dotted)`, `("external", dotted)`, or None."""
        scope = function
        while scope is not None:
            found = self._local_definition(name, scope)
            if found is not None:
                return found
            if name in scope.parameters:
                return None
            scope = scope.owner
        return None

    def _local_definition(self, name, scope):
        table = getattr(scope, "definitions", None)
        if table is None:
            table = scope.definitions = self._definitions(scope)
        return table.get(name)

    def _definitions(self, scope):
        table = {}
        for node in scope.nodes:
            if isinstance(node, FUNCTIONS) and _is_plain_definition(node):
                table[node.name] = node.function
            elif isinstance(node, ast.ClassDef):
                table[node.name] = node.cls
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    dotted = alias.name if alias.asname else alias.name.split(".")[0]
                    table[alias.asname or dotted] = self._imported(dotted)
            elif isinstance(node, ast.ImportFrom):
                base = scope.module.absolute(node)
                for alias in node.names:
                    table[alias.asname or alias.name] = self._imported_from(base, alias.name)
        return table

    def _imported(self, dotted):
        return ("module" if dotted in self.project.modules else "external", dotted)

    def _imported_from(self, base, name):
        whole = f"{base}.{name}" if base else name
        if whole in self.project.modules:
            return ("module", whole)
        if base in self.project.modules:
            return ("symbol", base, name)
        return ("external", whole)

    def resolve(self, definition, depth=8):
        """Follows `("symbol", module, name)` through re-exports to a Function, Class, module or external name."""
        while isinstance(definition, tuple) and definition[0] == "symbol" and depth:
            body = self.bodies.get(definition[1])
            if body is None:
                return None
            found = self._local_definition(definition[2], body)
            if found is None:
                return ("constant", definition[1], definition[2])
            definition = found
            depth -= 1
        return definition

    def external(self, expression, function):
        """Dotted name of something imported from outside the project (`requests.get`), or None."""
        parts = []
        while isinstance(expression, ast.Attribute):
            parts.append(expression.attr)
            expression = expression.value
        if not isinstance(expression, ast.Name):
            return None
        found = self.resolve(self.definition(expression.id, function))
        for _ in range(4):
            if isinstance(found, tuple) and found[0] == "module" and parts:
                found = self.resolve(("symbol", found[1], parts.pop()))
        if not (isinstance(found, tuple) and found[0] == "external"):
            return None
        return ".".join([found[1], *reversed(parts)])

    def callees(self, node, function, exact=False):
        """Project functions a call or a reference (a Name or Attribute) may run."""
        key = "exact_callees" if exact else "callees"
        cached = getattr(node, key, None)
        if cached is None:
            cached = self._callees(node.func if isinstance(node, ast.Call) else node, function, exact)
            setattr(node, key, cached)
        return cached

    def _callees(self, target, function, exact):
        if isinstance(target, ast.Name):
            return self._runs(self.resolve(self.definition(target.id, function)))
        if not isinstance(target, ast.Attribute):
            return []
        base = target.value
        if isinstance(base, ast.Name):
            if base.id in ("self", "cls") and function is not None:
                own = self._own_method(target.attr, function)
                if own:
                    return [own]
            found = self.resolve(self.definition(base.id, function))
            if isinstance(found, tuple) and found[0] == "module":
                return self._runs(self.resolve(("symbol", found[1], target.attr)))
            if isinstance(found, Class):
                method = found.methods.get(target.attr)
                return [method] if method else []
        if self.external(target, function) is not None:
            return []
        methods = self.methods.get(target.attr, [])
        if exact and (len(methods) != 1 or target.attr in COMMON_METHODS):
            return []
        return methods

    def _runs(self, found):
        if isinstance(found, Function):
            return [found]
        if isinstance(found, Class):
            return [m for name, m in found.methods.items() if name.startswith("__") and name.endswith("__")]
        return []

    def _own_method(self, name, function):
        scope = function
        while scope is not None and scope.cls is None:
            scope = scope.owner
        return scope.cls.methods.get(name) if scope else None

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


def _is_plain_definition(node):
    return not isinstance(getattr(node, "parent", None), ast.ClassDef)


def _loggers(model):
    """`(module, name)` of module-level loggers from logging.getLogger."""
    found = set()
    for body in model.bodies.values():
        for node in body.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
                if model.external(node.value.func, body) == "logging.getLogger":
                    found.add((body.module.name, node.targets[0].id))
    return found
