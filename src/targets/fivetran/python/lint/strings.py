"""Which strings an expression may be: a part of `Values`, which it asks for everything else."""

import ast
import itertools

MOST = 400
STRING_METHODS = {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "title", "removeprefix", "removesuffix"}


class Strings:
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
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STRING_METHODS:
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
