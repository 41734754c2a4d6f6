"""The tables of schema(), the operations of the project, and the rows they send, as far as the code tells."""

import ast
import re

from syntax import ancestors, argument, has_spread
from values import Values

SYSTEM_TYPES = {
    "BOOLEAN", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "NAIVE_DATE", "NAIVE_DATETIME", "UTC_DATETIME", "BINARY", "XML",
    "STRING", "JSON",
}  # fmt: skip


def renamed(name):
    """The name as the platform's default naming makes it (lower case, underscores at case and digit borders)."""
    text = re.sub(r"\W", "_", name)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", "_", text)
    return re.sub(r"_+", "_", text).lower().lstrip("_") or text


class Row:
    """A dict as the code builds it. `exact` when no other keys can be in it; `always` are keys present every time."""

    def __init__(self, node, function):
        self.node = node
        self.function = function
        self.keys = {}
        self.always = set()
        self.exact = True


class Entry:
    """One entry of schema(). Names None when they cannot be told; `columns` and `primary_key` None when absent or unknown."""

    def __init__(self, row, names):
        self.row = row
        self.names = names
        self.module = row.function.module
        self.node = row.node
        self.primary_key = None
        self.columns = None
        self.has_key = "primary_key" in row.keys or not row.exact


class Operation:
    def __init__(self, kind, node, function):
        self.kind = kind
        self.node = node
        self.function = function
        self.table_node = argument(node, 0, "table")
        names = {"upsert": "data", "update": "modified", "delete": "keys"}
        self.data = None if kind == "truncate" else argument(node, 1, names[kind], "data")


class Tables:
    def __init__(self, model):
        self.model = model
        self.values = model.once(Values)
        self.entries, self.complete = self._schema()
        self.operations = [
            Operation(model.operation(node, f), node, f)
            for f in model.functions
            for node in f.nodes
            if model.operation(node, f) not in (None, "checkpoint")
        ]

    def names(self, operation):
        """Table names an operation may write, or None."""
        if operation.table_node is None or has_spread(operation.node):
            return None
        return self.values.strings(operation.table_node, operation.function)

    def declared(self, name):
        """The entries whose only name is `name`, compared as the platform renames."""
        wanted = renamed(name)
        return [e for e in self.entries if e.names and wanted in {renamed(n) for n in e.names}]

    def rows(self, expression, function):
        """The dicts an expression may be, or None."""
        if isinstance(expression, ast.Name):
            bound = self.values.bindings(expression.id, function)
            if bound is None or bound[1] is not function:
                return None
            binding = _governing(bound[0], expression)
            if binding is None or binding.path or not isinstance(binding.node, ast.Dict):
                return None
            row = self._literal(binding.node, function)
            self._grow(row, expression, function)
            return [row]
        if isinstance(expression, ast.Dict):
            return [self._literal(expression, function)]
        if isinstance(expression, ast.Call):
            callees = self.model.callees(expression, function, exact=True)
            returned = self.values.calls.returns(callees[0]) if len(callees) == 1 else None
            rows = []
            for value, callee in returned or [(None, None)]:
                some = self.rows(value, callee) if isinstance(value, (ast.Dict, ast.Name)) else None
                if some is None:
                    return None
                rows.extend(some)
            return rows
        return None

    def _literal(self, node, function):
        row = Row(node, function)
        for key, value in zip(node.keys, node.values):
            if key is None:
                row.exact = False
                continue
            names = self.values.strings(key, function)
            if names is None or len(names) != 1:
                row.exact = False
                continue
            name = next(iter(names))
            row.keys[name] = (value, function)
            row.always.add(name)
        return row

    def _grow(self, row, expression, function):
        """Keys a function sets on the dict it holds under a name; anything that is not followed makes it inexact."""
        for node in function.nodes:
            if not (isinstance(node, ast.Name) and node.id == expression.id and isinstance(node.ctx, ast.Load)):
                continue
            parent = node.parent
            if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, (ast.Store, ast.Del)) and parent.value is node:
                names = self.values.strings(parent.slice, function)
                assignment = parent.parent
                if names is None or not isinstance(assignment, ast.Assign):
                    row.exact = False
                    continue
                for name in names:
                    row.keys.setdefault(name, (assignment.value, function))
            elif isinstance(parent, ast.Attribute) and parent.attr in ("update", "pop", "setdefault", "popitem", "clear"):
                row.exact = False
            elif isinstance(parent, ast.Call) and node in parent.args and self.model.callees(parent, function):
                row.exact = False

    # schema()

    def _schema(self):
        """`(entries, complete)`: complete when every table the schema may declare is known by name."""
        function = self.model.schema
        if function is None:
            return [], False
        returned = self.values.calls.returns(function)
        if not returned:
            return [], False
        entries = []
        complete = True
        for expression, scope in returned:
            elements = self.values.elements(expression, scope)
            if elements is None:
                complete = False
                elements = self._partial(expression, scope)
            for node, owner in elements:
                entry = self._entry(node, owner)
                if entry is None:
                    complete = False
                    continue
                entries.append(entry)
                complete = complete and entry.names is not None
        return _unique(entries), complete

    def _partial(self, expression, scope):
        """Literal entries inside an expression that as a whole cannot be followed."""
        candidates = self.values.candidates(expression, scope) or [(expression, scope)]
        found = []
        for node, owner in candidates:
            if isinstance(node, (ast.List, ast.Tuple)):
                found.extend((e, owner) for e in node.elts if isinstance(e, ast.Dict))
        return found

    def _entry(self, node, owner):
        if not isinstance(node, ast.Dict):
            return None
        row = self._literal(node, owner)
        name = getattr(node.parent, "targets", [None])[0] if isinstance(getattr(node, "parent", None), ast.Assign) else None
        if isinstance(name, ast.Name):
            self._grow(row, name, owner)
        names = self.values.strings(row.keys["table"][0], owner) if "table" in row.keys else None
        entry = Entry(row, names)
        if "primary_key" in row.keys:
            entry.primary_key = self._key_columns(*row.keys["primary_key"])
        if "columns" in row.keys:
            entry.columns = self._columns(*row.keys["columns"])
        return entry

    def _key_columns(self, node, function):
        """Key columns as a list, or None. Entries from a loop share one node: then the union is of no use."""
        candidates = self.values.candidates(node, function)
        if not candidates or len(candidates) != 1:
            return None
        elements = self.values.elements(*candidates[0])
        if elements is None:
            return None
        found = []
        for element, scope in elements:
            names = self.values.strings(element, scope)
            if names is None or len(names) != 1:
                return None
            found.extend(names)
        return found

    def _columns(self, node, function):
        """`{column: (type node, function)}`, or None."""
        candidates = self.values.candidates(node, function)
        if not candidates or len(candidates) != 1 or not isinstance(candidates[0][0], ast.Dict):
            return None
        return self._literal(*candidates[0]).keys


def _governing(bindings, use):
    """The one assignment a use certainly sees: the last before it, in a block around it. None if there is no such one."""
    if any(b.kind != "value" for b in bindings):
        return None
    before = [b for b in bindings if b.node.lineno <= use.lineno]
    if not before:
        return None
    last = max(before, key=lambda b: (b.node.lineno, b.node.col_offset))
    block = last.node.parent.parent
    return last if any(a is block for a in ancestors(use)) else None


def _unique(entries):
    """A literal that several paths lead to is one entry."""
    seen = set()
    found = []
    for entry in entries:
        if id(entry.node) not in seen:
            seen.add(id(entry.node))
            found.append(entry)
    return found
