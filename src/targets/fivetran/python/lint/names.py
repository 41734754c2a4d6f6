"""What there is in the project and what a name refers to: functions, classes, imports, who calls whom.

Calls of methods on objects of unknown class are resolved by name to every method of that name. That is too much rather
than too little, so "is reachable" errs on the side of silence; rules that accuse use `callees(exact=True)`.
"""

import ast

from syntax import FUNCTIONS, own_nodes

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


class Names:
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


def _is_plain_definition(node):
    return not isinstance(getattr(node, "parent", None), ast.ClassDef)
