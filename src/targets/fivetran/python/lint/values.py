"""What an expression may be, as syntax: follows names, constants, loops, parameters and returns to literal nodes.

Every answer is complete or None. None means "cannot tell from the code", and rules stay silent on it.
"""

import ast
import itertools

from bindings import bindings_of
from calls import Calls
from model import Class, Function
from syntax import argument, has_spread

DEPTH = 12
MOST = 400


class Values:
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
        if isinstance(target, ast.Attribute) and target.attr in _STRING_METHODS:
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

    # Elements

    def _elements(self, node, function, depth):
        """Elements of an iterable expression; names of lists include what is appended where they are bound."""
        self.budget -= 1
        if depth <= 0 or self.budget <= 0:
            return None
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return self._spread(node.elts, function, depth - 1)
        if isinstance(node, ast.Dict):
            return self._all([(k, function) for k in node.keys], depth - 1) if None not in node.keys else None
        if isinstance(node, ast.Call):
            special = self._iterating_call(node, function, depth - 1)
            if special is not None:
                return special or None
            callees = self.model.callees(node, function, exact=True)
            if len(callees) == 1 and callees[0].name != "__init__":
                returned = self.calls.returns(callees[0])
                return self._join(returned, depth - 1) if returned else None
        if isinstance(node, ast.Attribute) and self._grows(node.attr):
            return None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._join([(node.left, function), (node.right, function)], depth - 1)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return self._candidates(node.elt, function, depth - 1)
        if isinstance(node, ast.Name):
            return self._name_elements(node.id, function, depth - 1)
        bases = self._candidates(node, function, depth - 1)
        if bases is None or any(base is node for base, _ in bases):
            return None
        return self._join(bases, depth - 1)

    def _join(self, pairs, depth):
        found = []
        for node, function in pairs:
            some = self._elements(node, function, depth)
            if some is None:
                return None
            found.extend(some)
        return found

    def _spread(self, elements, function, depth):
        found = []
        for element in elements:
            if isinstance(element, ast.Starred):
                some = self._elements(element.value, function, depth)
            else:
                some = self._candidates(element, function, depth)
            if some is None:
                return None
            found.extend(some)
        return found

    def _iterating_call(self, node, function, depth):
        """`.items()`, `.values()`, `.keys()`, `enumerate`, `zip`, `list`…; None when the call is none of these."""
        target = node.func
        if isinstance(target, ast.Attribute) and target.attr in ("items", "values", "keys") and not node.args:
            bases = self._candidates(target.value, function, depth)
            if bases is None or not all(isinstance(b, ast.Dict) and None not in b.keys for b, _ in bases):
                return []
            found = []
            for base, scope in bases:
                for key, value in zip(base.keys, base.values):
                    if target.attr == "items":
                        pair = ast.Tuple(elts=[key, value], ctx=ast.Load())
                        found.append((pair, scope))
                    else:
                        some = self._candidates(value if target.attr == "values" else key, scope, depth)
                        if some is None:
                            return []
                        found.extend(some)
            return found
        if isinstance(target, ast.Name) and target.id == "enumerate" and node.args:
            inner = self._elements(node.args[0], function, depth)
            if inner is None:
                return []
            number = ast.Constant(value=0)
            return [(ast.Tuple(elts=[number, element], ctx=ast.Load()), scope) for element, scope in inner]
        if isinstance(target, ast.Name) and target.id in ("list", "tuple", "sorted", "reversed", "set") and node.args:
            return self._elements(node.args[0], function, depth) or []
        return None

    def _name_elements(self, name, function, depth):
        bound = self.bindings(name, function)
        if bound is None:
            definition = self.model.resolve(self.model.definition(name, function))
            if isinstance(definition, tuple) and definition[0] == "constant" and definition[1] in self.model.bodies:
                return self._name_elements(definition[2], self.model.bodies[definition[1]], depth)
            return None
        bindings, scope = bound
        found = []
        for binding in bindings:
            if binding.kind == "value" and not binding.path:
                some = self._elements(binding.node, scope, depth)
            elif binding.kind == "parameter":
                pairs = self.calls.given_everywhere(name, scope)
                some = None if pairs is None else self._join(pairs, depth)
            else:
                bases = self._binding(binding, name, scope, depth)
                some = None if bases is None else self._join(bases, depth)
            if some is None:
                return None
            found.extend(some)
        grown = self._grown(name, scope, depth)
        return None if grown is None else found + grown

    def _grows(self, attribute):
        """Whether a list held in an attribute of this name is appended to anywhere."""
        if self.growing is None:
            self.growing = {
                node.value.attr
                for function in self.model.functions
                for node in function.nodes
                if isinstance(node, ast.Attribute) and node.attr in ("append", "extend", "insert") and isinstance(node.value, ast.Attribute)
            }
        return attribute in self.growing

    def _grown(self, name, scope, depth):
        """What is appended to a list in the scope that binds it; None when it changes in a way that is not followed."""
        found = []
        for node in scope.nodes:
            if not (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)):
                continue
            parent = node.parent
            if isinstance(parent, ast.Attribute) and isinstance(parent.parent, ast.Call):
                call = parent.parent
                if parent.attr == "append" and call.args:
                    some = self._candidates(call.args[0], scope, depth)
                elif parent.attr == "extend" and call.args:
                    some = self._elements(call.args[0], scope, depth)
                elif parent.attr in ("insert", "setdefault", "remove", "pop"):
                    return None
                else:
                    continue
                if some is None:
                    return None
                found.extend(some)
            elif isinstance(parent, ast.Call) and self.model.callees(parent, scope):
                return None
        return found

    # Strings

    def _strings(self, node, function, depth):
        self.budget -= 1
        if depth <= 0 or self.budget <= 0 or node is None:
            return None
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values]
            return self._product([self._strings(part, function, depth - 1) for part in parts])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._product([self._strings(side, function, depth - 1) for side in (node.left, node.right)])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _STRING_METHODS:
            return self._string_method(node, function, depth - 1)
        candidates = self._candidates(node, function, depth - 1)
        if not candidates:
            return None
        found = set()
        for literal, scope in candidates:
            if isinstance(literal, ast.Constant) and literal.value is None:
                continue
            some = None if literal is node else self._strings(literal, scope, depth - 1)
            if some is None:
                return None
            found |= some
        return found or None

    @staticmethod
    def _product(parts):
        if any(part is None for part in parts):
            return None
        combinations = itertools.islice(itertools.product(*parts), MOST + 1)
        found = {"".join(combination) for combination in combinations}
        return found if len(found) <= MOST else None

    def _string_method(self, node, function, depth):
        values = self._strings(node.func.value, function, depth)
        arguments = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
        if values is None or node.keywords or not all(isinstance(a, str) for a in arguments):
            return None
        try:
            return {getattr(value, node.func.attr)(*arguments) for value in values}
        except (TypeError, ValueError):
            return None


_STRING_METHODS = {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "title", "removeprefix", "removesuffix"}
