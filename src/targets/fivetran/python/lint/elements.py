"""What iterating over an expression may give: a part of `Values`, which it asks for everything else."""

import ast


class Elements:
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
