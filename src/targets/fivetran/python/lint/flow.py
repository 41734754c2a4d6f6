"""Which expressions are the configuration or the state, followed through parameters, aliases, copies and attributes."""

import ast

from syntax import FUNCTIONS, has_spread
from values import Values


class Flow:
    """Places that hold one of update's arguments. `names` are parameter names that count wherever they appear."""

    def __init__(self, model, values, seeds, names):
        self.model = model
        self.values = values
        self.names = names
        self.held = set()
        self.attributes = set()
        for function, name in seeds:
            self.held.add((function, name))
        for function in model.functions:
            for name in function.parameters:
                if name in names:
                    self.held.add((function, name))
        self._spread()

    def holds(self, node, function):
        """Whether an expression is the object itself, an alias or a copy of it."""
        if isinstance(node, ast.Name):
            bound = self.values.bindings(node.id, function)
            return bound is not None and (bound[1], node.id) in self.held
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes
        if isinstance(node, ast.BoolOp):
            return any(self.holds(value, function) for value in node.values)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ("dict", "deepcopy") and node.args:
                return self.holds(node.args[0], function)
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "deepcopy"):
                inner = node.args[0] if node.args else node.func.value
                return self.holds(inner, function)
        if isinstance(node, ast.Dict):
            return any(k is None and self.holds(v, function) for k, v in zip(node.keys, node.values))
        return False

    def key_reads(self):
        """`[(key expression, default, node, function)]` of `x[key]` and `x.get(key, default)`; default None for `[]`."""
        found = []
        for function in self.model.functions:
            for node in function.nodes:
                if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                    if self.holds(node.value, function):
                        found.append((node.slice, None, node, function))
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                    if node.func.attr in ("get", "pop", "setdefault") and self.holds(node.func.value, function):
                        default = node.args[1] if len(node.args) > 1 else ast.Constant(value=None)
                        found.append((node.args[0], default, node, function))
        return found

    def _spread(self):
        for _ in range(12):
            before = len(self.held) + len(self.attributes)
            for function in self.model.functions:
                for node in function.nodes:
                    if isinstance(node, ast.Assign):
                        self._assign(node, function)
                    elif isinstance(node, ast.Call):
                        self._pass(node, function)
            if len(self.held) + len(self.attributes) == before:
                return

    def _assign(self, node, function):
        if not self.holds(node.value, function):
            return
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.held.add((function, target.id))
            elif isinstance(target, ast.Attribute):
                self.attributes.add(target.attr)

    def _pass(self, call, function):
        given = [*call.args, *(k.value for k in call.keywords)]
        if has_spread(call) or not any(self.holds(value, function) for value in given):
            return
        for callee in self.model.callees(call, function, exact=True):
            if not isinstance(callee.node, FUNCTIONS):
                continue
            for name in callee.parameters:
                value = self.values.calls.given(call, callee, name)
                if value is not None and self.holds(value, function):
                    self.held.add((callee, name))


def configuration_flow(model):
    seeds = [(f, f.parameters[0]) for f in (model.update, model.schema) if f and f.parameters]
    return Flow(model, model.once(Values), seeds, {"configuration"})


def state_flow(model):
    seeds = []
    if model.update and len(model.update.parameters) > 1:
        seeds.append((model.update, model.update.parameters[1]))
    return Flow(model, model.once(Values), seeds, {"state"})
