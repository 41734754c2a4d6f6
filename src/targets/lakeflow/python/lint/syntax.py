"""Small questions about syntax trees, whose nodes know their `parent`."""

import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def own_nodes(root):
    """Nodes of a body in source order, nested functions left out; class bodies count as their surroundings."""
    stack = list(reversed(list(ast.iter_child_nodes(root))))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, FUNCTIONS):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def ancestors(node):
    """Parents from the nearest outwards, up to and including the enclosing function or module."""
    while True:
        node = getattr(node, "parent", None)
        if node is None:
            return
        yield node
        if isinstance(node, (*FUNCTIONS, ast.Module)):
            return


def tail(expression):
    """Last identifier of a name or attribute chain: `self.client.token` gives `token`."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else None


def text_of(node):
    """The text of a constant, else None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_docstring(node):
    return isinstance(getattr(node, "parent", None), ast.Expr)


def pairs_of(node):
    """`(name, value node)` of what a node sets by name: dict items, keywords, assignments to names, attributes and keys."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if text_of(key) is not None:
                yield key.value, value
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            name = text_of(target.slice) if isinstance(target, ast.Subscript) else tail(target)
            if name:
                yield name, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None and tail(node.target):
        yield tail(node.target), node.value


def names_in(node):
    """Identifiers that are read anywhere in an expression, attributes included."""
    return {name for inner in ast.walk(node) if (name := tail(inner)) is not None}


def parameters(node):
    """Names of the parameters that can be given by position."""
    return [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
