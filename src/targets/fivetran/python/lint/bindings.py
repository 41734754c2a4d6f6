"""Where the names of a scope get their values."""

import ast

from syntax import FUNCTIONS


class Binding:
    """One way a name gets its value. `kind`: value (an expression), element (of an iterable), parameter, opaque."""

    def __init__(self, kind, node=None, path=()):
        self.kind = kind
        self.node = node
        self.path = path


def bindings_of(scope):
    """Name -> all bindings in a scope. Definitions and imports are not bindings: `Model.definition` knows them."""
    table = {}
    globals_ = set()

    def bind(target, kind, node, path=()):
        if isinstance(target, ast.Name):
            table.setdefault(target.id, []).append(Binding(kind, node, path))
        elif isinstance(target, (ast.Tuple, ast.List)):
            for index, element in enumerate(target.elts):
                bind(element, "opaque" if isinstance(element, ast.Starred) else kind, node, (*path, index))
        elif isinstance(target, ast.Starred):
            bind(target.value, "opaque", None)

    for name in scope.parameters:
        table[name] = [Binding("parameter")]
    if isinstance(scope.node, FUNCTIONS):
        for extra in (scope.node.args.vararg, scope.node.args.kwarg):
            if extra:
                table[extra.arg] = [Binding("opaque")]
    for node in scope.nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.parent, ast.ClassDef):
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                bind(target, "value", node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            bind(node.target, "value", node.value)
        elif isinstance(node, ast.AugAssign):
            bind(node.target, "opaque", None)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            bind(node.target, "element", node.iter)
        elif isinstance(node, ast.NamedExpr):
            bind(node.target, "value", node.value)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    bind(item.optional_vars, "opaque", None)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            table.setdefault(node.name, []).append(Binding("opaque"))
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            globals_.update(node.names)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            table.setdefault(node.name, []).append(Binding("opaque"))
    # A global is bound elsewhere too: nothing certain can be said of it.
    for name in globals_:
        table[name] = [Binding("opaque")]
    return table
