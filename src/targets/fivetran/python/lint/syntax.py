"""Small questions about syntax trees, whose nodes know their `parent`."""

import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def walk_own(root):
    """The node and everything below it, nested functions left out."""
    yield root
    if not isinstance(root, FUNCTIONS):
        yield from own_nodes(root)


def own_nodes(root):
    """Nodes of a body in source order, nested functions left out; class bodies count as their surroundings."""
    stack = list(reversed(list(ast.iter_child_nodes(root))))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            # Decorators and defaults belong to the surroundings.
            stack.extend(reversed([*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]))
        else:
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


def argument(call, position, *names):
    """An argument by position or keyword, or None."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    if position is not None and position < len(call.args):
        if not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
            return call.args[position]
    return None


def has_spread(call):
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def dotted_tail(expression):
    """Last identifier of a name or attribute chain: `self.client.token` gives `token`."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else None
