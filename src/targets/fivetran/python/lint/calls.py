"""Who calls a function and with what, and what it returns."""

import ast

from syntax import FUNCTIONS, argument, has_spread


class Calls:
    def __init__(self, model):
        self.model = model
        self.callers = None

    def returns(self, function):
        """`[(expression, function)]` of all return values; None for generators."""
        if function.is_generator or not isinstance(function.node, FUNCTIONS):
            return None
        return [(n.value, function) for n in function.nodes if isinstance(n, ast.Return) and n.value is not None]

    def given_everywhere(self, name, scope):
        """Arguments of all call sites; None when the function is also passed around or has no caller."""
        sites = self.call_sites(scope)
        if not sites:
            return None
        pairs = []
        for call, caller in sites:
            given = None if call is None or has_spread(call) else self.given(call, scope, name)
            if given is None:
                given, caller = self.default(scope, name), scope.owner
                if call is None or has_spread(call) or given is None:
                    return None
            pairs.append((given, caller))
        return pairs

    def given(self, call, callee, name):
        """The argument a call passes for a parameter, or None."""
        positional = [a.arg for a in (*callee.node.args.posonlyargs, *callee.node.args.args)]
        if callee.cls and positional and not _is_static(callee):
            positional = positional[1:]
        return argument(call, positional.index(name) if name in positional else None, name)

    def default(self, function, name):
        arguments = function.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        for parameter, value in zip(reversed(positional), reversed(arguments.defaults)):
            if parameter.arg == name:
                return value
        for parameter, value in zip(arguments.kwonlyargs, arguments.kw_defaults):
            if parameter.arg == name:
                return value
        return None

    def call_sites(self, function):
        """`[(call, caller)]`; `(None, caller)` where the function is mentioned without being called."""
        if self.callers is None:
            self.callers = self._all_callers()
        return self.callers.get(function, [])

    def _all_callers(self):
        callers = {}
        for caller in self.model.functions:
            called = {}
            for node in caller.nodes:
                if isinstance(node, ast.Call):
                    called[id(node.func)] = node
            for node in caller.nodes:
                if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                    for callee in self.model.callees(node, caller):
                        callers.setdefault(callee, []).append((called.get(id(node)), caller))
        for entry in (self.model.update, self.model.schema):
            if entry:
                callers.setdefault(entry, []).append((None, None))
        return callers


def _is_static(function):
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.node.decorator_list)
