"""What an expression may be, as syntax: follows names, constants, loops, parameters and returns to literal nodes.

Every answer is complete or None. None means "cannot tell from the code", and rules stay silent on it.
"""

import ast

from bindings import bindings_of
from calls import Calls
from elements import Elements
from names import Class, Function
from strings import MOST, STRING_METHODS, Strings
from syntax import argument, has_spread

DEPTH = 12


class Values(Elements, Strings):
    def __init__(self, model):
        self.model = model
        self.busy = set()
        self.budget = 0
        self.calls = Calls(model)
        self.growing = None

    # Public questions

    def candidates(self, expression, function):
        """All literal nodes `[(node, function)]` the expression may stand for, or None."""
        self.budget = 3000
        return self._candidates(expression, function, DEPTH)

    def strings(self, expression, function):
        """All strings the expression may be, or None."""
        self.budget = 3000
        return self._strings(expression, function, DEPTH)

    def elements(self, expression, function):
        """All nodes that may be an element when iterating over the expression, or None."""
        self.budget = 3000
        return self._elements(expression, function, DEPTH)

    def bindings(self, name, function):
        """`(bindings, scope)` of the innermost scope that binds the name, or None."""
        scope = function
        while scope is not None:
            table = scope.bindings
            if table is None:
                table = scope.bindings = bindings_of(scope)
            if name in table:
                return table[name], scope
            scope = scope.owner
        return None

    # Candidates

    def _candidates(self, node, function, depth):
        self.budget -= 1
        key = (id(node), id(function))
        if depth <= 0 or self.budget <= 0 or key in self.busy:
            return None
        self.busy.add(key)
        try:
            found = self._follow(node, function, depth - 1)
        finally:
            self.busy.discard(key)
        return found if found is None or len(found) <= MOST else None

    def _follow(self, node, function, depth):
        if isinstance(node, ast.Name):
            return self._name(node.id, function, depth)
        if isinstance(node, ast.IfExp):
            return self._all([(node.body, function), (node.orelse, function)], depth)
        if isinstance(node, ast.BoolOp):
            return self._all([(value, function) for value in node.values], depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, function, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, function, depth)
        if isinstance(node, ast.Call):
            return self._call(node, function, depth)
        if isinstance(node, (ast.NamedExpr, ast.Await)):
            return self._candidates(node.value, function, depth)
        return [(node, function)]

    def _all(self, pairs, depth):
        """Candidates of several expressions together; None if any is unknown."""
        found = []
        for node, function in pairs:
            some = self._candidates(node, function, depth)
            if some is None:
                return None
            found.extend(some)
        return found

    def _name(self, name, function, depth):
        bound = self.bindings(name, function)
        if bound is None:
            return self._defined(self.model.resolve(self.model.definition(name, function)), depth)
        bindings, scope = bound
        found = []
        for binding in bindings:
            some = self._binding(binding, name, scope, depth)
            if some is None:
                return None
            found.extend(some)
        return found

    def _defined(self, definition, depth):
        """An imported constant."""
        if isinstance(definition, tuple) and definition[0] == "constant":
            body = self.model.bodies.get(definition[1])
            return self._name(definition[2], body, depth) if body else None
        return None

    def _binding(self, binding, name, scope, depth):
        if binding.kind == "value":
            found = self._candidates(binding.node, scope, depth)
        elif binding.kind == "element":
            found = self._elements(binding.node, scope, depth)
        elif binding.kind == "parameter":
            found = self._parameter(name, scope, depth)
        else:
            return None
        for index in binding.path:
            found = None if found is None else self._pick(found, index, depth)
        return found

    def _pick(self, pairs, index, depth):
        """The element at a position of every candidate tuple or list."""
        found = []
        for node, function in pairs:
            if not isinstance(node, (ast.Tuple, ast.List)) or index >= len(node.elts):
                return None
            if any(isinstance(e, ast.Starred) for e in node.elts):
                return None
            some = self._candidates(node.elts[index], function, depth)
            if some is None:
                return None
            found.extend(some)
        return found

    def _parameter(self, name, scope, depth):
        pairs = self.calls.given_everywhere(name, scope)
        return None if pairs is None else self._all(pairs, depth)

    def _subscript(self, node, function, depth):
        bases = self._candidates(node.value, function, depth)
        if bases is None:
            return None
        found = []
        for base, scope in bases:
            if isinstance(base, ast.Dict):
                some = self._dict_values(base, scope, node.slice, function, depth)
            elif isinstance(base, (ast.List, ast.Tuple)):
                whole = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
                index = node.slice.value if whole else None
                if whole and -len(base.elts) <= index < len(base.elts):
                    some = self._candidates(base.elts[index], scope, depth)
                else:
                    some = self._elements(base, scope, depth)
            else:
                return None
            if some is None:
                return None
            found.extend(some)
        return found

    def _dict_values(self, base, scope, key, function, depth):
        """Values of a literal dict under a key; under any key when the key is not known."""
        if any(k is None for k in base.keys):
            return None
        wanted = self._strings(key, function, depth)
        pairs = []
        for k, value in zip(base.keys, base.values):
            names = self._strings(k, scope, depth)
            if names is None:
                return None
            if wanted is None or names & wanted:
                pairs.append((value, scope))
        return self._all(pairs, depth)

    def _attribute(self, node, function, depth):
        base = node.value
        if isinstance(base, ast.Name):
            definition = self.model.resolve(self.model.definition(base.id, function))
            if isinstance(definition, tuple) and definition[0] == "module":
                return self._name(node.attr, self.model.bodies[definition[1]], depth)
            if isinstance(definition, Class):
                return self._class_constant(definition, node.attr, depth)
            if base.id in ("self", "cls"):
                return self._self_attribute(node.attr, function, depth)
        if node.attr == "value" and isinstance(base, ast.Attribute):
            return self._candidates(base, function, depth)
        bases = self._candidates(base, function, depth)
        if bases is None:
            return None
        found = []
        for made, scope in bases:
            some = self._field(made, scope, node.attr, depth)
            if some is None:
                return None
            found.extend(some)
        return found

    def _class_constant(self, cls, name, depth):
        for statement in cls.node.body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    return self._candidates(statement.value, cls.owner, depth)
        return None

    def _self_attribute(self, name, function, depth):
        scope = function
        while scope is not None and scope.cls is None:
            scope = scope.owner
        if scope is None:
            return None
        pairs = []
        for method in scope.cls.methods.values():
            for node in method.nodes:
                if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store):
                    if not isinstance(node.parent, ast.Assign):
                        return None
                    pairs.append((node.parent.value, method))
        return self._all(pairs, depth) if pairs else self._class_constant(scope.cls, name, depth)

    def _field(self, made, scope, name, depth):
        """A field of an object made by a project class: the constructor's argument of that name."""
        if not isinstance(made, ast.Call):
            return None
        cls = self.model.resolve(self.model.definition(made.func.id, scope)) if isinstance(made.func, ast.Name) else None
        if not isinstance(cls, Class) or has_spread(made):
            return None
        init = cls.methods.get("__init__")
        if init:
            names = init.parameters[1:]
        else:
            names = [s.target.id for s in cls.node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
        if name not in names:
            return None
        given = argument(made, names.index(name), name)
        if given is None:
            return self._class_constant(cls, name, depth)
        return self._candidates(given, scope, depth)

    def _call(self, node, function, depth):
        target = node.func
        if isinstance(target, ast.Name) and not isinstance(self.model.definition(target.id, function), (Function, Class)):
            if target.id in ("list", "tuple", "sorted", "reversed", "iter") and len(node.args) == 1:
                return self._candidates(node.args[0], function, depth)
            if target.id == "dict" and not node.args:
                return [(node, function)]
        if isinstance(target, ast.Attribute) and target.attr == "get" and node.args:
            found = self._get(node, function, depth)
            if found is not None:
                return found
        if isinstance(target, ast.Attribute) and target.attr in STRING_METHODS:
            return [(node, function)]
        if isinstance(target, ast.Attribute) and target.attr == "copy" and not node.args:
            return self._candidates(target.value, function, depth)
        definition = self.model.resolve(self.model.definition(target.id, function)) if isinstance(target, ast.Name) else None
        if isinstance(definition, Class):
            return [(node, function)]
        callees = self.model.callees(node, function, exact=True)
        if len(callees) != 1:
            return None if callees or definition else [(node, function)]
        returned = self.calls.returns(callees[0])
        return self._all(returned, depth) if returned else None

    def _get(self, node, function, depth):
        bases = self._candidates(node.func.value, function, depth)
        if not bases or not all(isinstance(base, ast.Dict) for base, _ in bases):
            return None
        found = []
        for base, scope in bases:
            some = self._dict_values(base, scope, node.args[0], function, depth)
            if some is None:
                return None
            found.extend(some)
        if not found and len(node.args) > 1:
            return self._candidates(node.args[1], function, depth)
        return found
