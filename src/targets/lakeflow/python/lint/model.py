"""A model of the connector: its class, its functions, who calls whom, what a function does through its calls.

Calls of methods on objects of unknown class are resolved by name to every method of that name in the project. That is too
much rather than too little, so "is reachable" errs on the side of silence.
"""

import ast

from syntax import FUNCTIONS, own_nodes, pairs_of, parameters, tail, text_of

TYPES = ("snapshot", "cdc", "cdc_with_deletes", "append")
REQUIRED = ("list_tables", "get_table_schema", "read_table_metadata", "read_table")
READERS = ("read_table", "read_table_deletes", "read_partition")
HTTP_MODULES = {"requests", "httpx", "urllib", "urllib3", "aiohttp"}
HTTP_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "send", "urlopen", "stream"}
SESSION_MAKERS = {"Session", "session", "Client", "ClientSession", "PoolManager", "AsyncClient"}
DATABASE_METHODS = {"execute", "executemany", "fetchone", "fetchmany", "fetchall"}
# Methods of built-in types: a method of the project with such a name is not what `x.get()` usually means.
COMMON = {"get", "update", "append", "extend", "items", "keys", "values", "pop", "close", "copy", "add", "format", "join", "read"}


class Function:
    def __init__(self, module, node, cls):
        self.module = module
        self.node = node
        self.cls = cls
        self.name = node.name
        self.parameters = parameters(node)
        self.nodes = list(own_nodes(node))


class Class:
    def __init__(self, module, node):
        self.module = module
        self.node = node
        self.name = node.name
        self.bases = [tail(base) for base in node.bases]
        self.methods = {}

    @property
    def is_abstract(self):
        """The interface itself, as a merged file carries it."""
        decorated = [tail(d) for method in self.methods.values() for d in method.node.decorator_list]
        return "abstractmethod" in decorated


class Model:
    def __init__(self, project):
        self.project = project
        self.functions = []
        self.classes = []
        self.by_name = {}
        for module in project.shipped:
            self._collect(module, module.tree, None)
        self.class_by_name = {cls.name: cls for cls in self.classes}
        self.connectors = [cls for cls in self.classes if self._is_connector(cls)]
        own = {module.name for module in project.shipped}
        self._imported = {module: _imports(module, own) for module in project.shipped}
        self.sessions = self._session_names()
        self._facts = self._all_facts()
        self.types = self._declared_types()
        self.types_known = all(
            text_of(value) is not None or isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            for _, name, value, node in self.settings()
            if name == "ingestion_type"
        )
        self.readers = [self.method(cls, name) for cls in self.connectors for name in READERS]
        self.reading = self.reach([reader for reader in self.readers if reader])

    def _collect(self, module, node, cls):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FUNCTIONS):
                function = Function(module, child, cls)
                child.function = function
                self.functions.append(function)
                self.by_name.setdefault(child.name, []).append(function)
                if cls:
                    cls.methods[child.name] = function
                self._collect(module, child, None)
            elif isinstance(child, ast.ClassDef):
                found = Class(module, child)
                self.classes.append(found)
                self._collect(module, child, found)
            else:
                self._collect(module, child, cls)

    # The connector

    def _is_connector(self, cls):
        if cls.is_abstract or cls.name.startswith("Test"):
            return False
        return self.is_declared(cls) or ("read_table" in cls.methods and "list_tables" in cls.methods)

    @staticmethod
    def is_declared(cls):
        """Today's classes extend the interface; those of the old layout have its name."""
        return cls.name == "LakeflowConnect" or any((base or "").endswith("LakeflowConnect") for base in cls.bases)

    def method(self, cls, name, depth=6):
        """A method of the class or of a base class in the project."""
        if name in cls.methods:
            return cls.methods[name]
        for base in cls.bases if depth else ():
            parent = self.class_by_name.get(base)
            if parent is not None and parent is not cls and not parent.is_abstract:
                found = self.method(parent, name, depth - 1)
                if found:
                    return found
        return None

    def _declared_types(self):
        """Ingestion types that the code names: under the key `ingestion_type`, else anywhere."""
        named = {text_of(value) for _, name, value, _ in self.settings() if "ingestion_type" in name.lower()} - {None}
        if named & set(TYPES):
            return named
        return {text for module in self.project.shipped for node in ast.walk(module.tree) if (text := text_of(node)) in TYPES}

    @property
    def incremental(self):
        return bool(self.types & {"cdc", "cdc_with_deletes", "append"})

    def settings(self):
        """`(module, name, value, node)` of everything that is set by name anywhere."""
        for module in self.project.shipped:
            for node in ast.walk(module.tree):
                for name, value in pairs_of(node):
                    yield module, name, value, node

    # Calls

    def external(self, expression, function):
        """Dotted name of something imported from outside the project (`requests.get`), or None."""
        parts = []
        while isinstance(expression, ast.Attribute):
            parts.append(expression.attr)
            expression = expression.value
        if not isinstance(expression, ast.Name):
            return None
        dotted = self._imported[function.module].get(expression.id)
        return ".".join([dotted, *reversed(parts)]) if dotted else None

    def callees(self, node, function):
        """Functions of the project that a reference may run."""
        if isinstance(node, ast.Name):
            cls = self.class_by_name.get(node.id)
            if cls is not None:
                return [m for name, m in cls.methods.items() if name.startswith("__")]
            return [f for f in self.by_name.get(node.id, []) if f.cls is None]
        if not isinstance(node, ast.Attribute) or self.external(node, function):
            return []
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and function.cls:
            own = self.method(function.cls, node.attr)
            return [own] if own else []
        return [] if node.attr in COMMON else self.by_name.get(node.attr, [])

    def references(self, function):
        for node in function.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                yield from self.callees(node, function)
            elif isinstance(node, FUNCTIONS):
                yield node.function

    def reach(self, roots):
        """Functions that may run when the roots do, in the order they are found."""
        seen = dict.fromkeys(roots)
        queue = list(seen)
        for function in queue:
            for target in self.references(function):
                if target not in seen:
                    seen[target] = None
                    queue.append(target)
        return list(seen)

    # What the source is asked

    def http_call(self, node, function):
        """The method's name when the node sends a request (requests, httpx, urllib or a session of them), else None."""
        if not isinstance(node, ast.Call):
            return None
        dotted = self.external(node.func, function)
        if dotted is not None:
            parts = dotted.split(".")
            is_request = parts[0] in HTTP_MODULES and parts[-1] in HTTP_METHODS
            return parts[-1] if is_request and "parse" not in parts else None
        if isinstance(node.func, ast.Attribute) and node.func.attr in HTTP_METHODS:
            return node.func.attr if self._is_session(node.func.value, function) else None
        return None

    def _is_session(self, expression, function):
        if isinstance(expression, ast.Call):
            return self.makes_session(expression, function)
        name = tail(expression)
        return name is not None and (name in self.sessions or name.strip("_") in ("session", "http_session"))

    def makes_session(self, call, function):
        dotted = self.external(call.func, function) if isinstance(call, ast.Call) else None
        parts = dotted.split(".") if dotted else []
        return bool(parts) and parts[0] in HTTP_MODULES and parts[-1] in SESSION_MAKERS

    def _session_names(self):
        names = set()
        for function in self.functions:
            for node in function.nodes:
                if isinstance(node, ast.withitem) and node.optional_vars is not None:
                    if self.makes_session(node.context_expr, function):
                        names.add(tail(node.optional_vars))
                elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    if self.makes_session(node.value, function):
                        names.update(tail(target) for target in targets)
        return names - {None}

    def _own_fact(self, node, function):
        if isinstance(node, ast.Call):
            if self.http_call(node, function):
                return "source"
            if isinstance(node.func, ast.Attribute) and node.func.attr in DATABASE_METHODS:
                return "source"
        return None

    def _all_facts(self):
        facts = {f: {self._own_fact(n, f) for n in f.nodes} - {None} for f in self.functions}
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

    def asks_source(self, node, function):
        """Whether a statement or expression sends something to the source, by itself or through what it calls."""
        for inner in [node, *own_nodes(node)]:
            if isinstance(inner, ast.Call):
                if self._own_fact(inner, function) or any(self._facts[callee] for callee in self.callees(inner.func, function)):
                    return True
        return False


def _imports(module, own):
    """Local name -> dotted name, of imports from outside the project wherever they stand."""
    table = {}
    for node in module.imports:
        for alias in node.names:
            if isinstance(node, ast.Import):
                dotted = alias.name if alias.asname else alias.name.split(".")[0]
                if dotted not in own:
                    table[alias.asname or dotted] = dotted
            elif not node.level and node.module and node.module.split(".")[-1] not in own:
                table[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return table
