"""LF30 to LF34: what must survive being merged into one file, and what is installed beside it."""

import ast
import re

from syntax import FUNCTIONS


def future_imports(model, report):
    """LF30"""
    for module in model.project.shipped:
        for node in module.imports:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level:
                report.add("LF30", (module, node), "A __future__ import does not survive merging.")


def main_blocks(model, report):
    """LF31"""
    for module in model.project.shipped:
        for node in module.tree.body:
            if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
                report.add("LF31", (module, node), "There is a main block.")


def own_imports(model, report):
    """LF32"""
    own = _own(model)
    for module in model.project.shipped:
        for node in module.imports:
            where = (module, node)
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[-1] in own and (alias.name in own or "community_connector" in alias.name):
                        report.add("LF32", where, f"The module {alias.name} is imported whole; merged, it does not exist.")
                continue
            if node.level and module.name != "__init__":
                report.add("LF32", where, f"{ast.unparse(node)[:80]} is a relative import.", "warning")
            if (node.module or "").split(".")[-1] in own:
                for alias in node.names:
                    if alias.asname and alias.asname != alias.name:
                        message = f"{alias.name} is imported as {alias.asname}; merged, that name must be made anew."
                        report.add("LF32", where, message, "warning")


def _own(model):
    """Names of the connector's modules and packages."""
    paths = [module.path[: -len(".py")].split("/") for module in model.project.shipped]
    return {part for path in paths for part in path} - {"__init__"}


def same_names(model, report):
    """LF33: the same global in two files, unless it is the same definition."""
    first = {}
    own = _own(model)
    for module in model.project.shipped:
        if module.name == "__init__":
            continue
        for name, node, meaning in [*_globals(module.tree), *_imported(module, own)]:
            # The second of two in one file is a matter of that file.
            before, other = first.setdefault(name, (module, meaning))
            if before is not module and other != meaning:
                report.add("LF33", (module, node), f"{name} is also defined in {before.path}, as something else.")


def _imported(module, own):
    """Names that stand for something from outside the project."""
    for node in module.tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                if alias.name not in own:
                    yield name, node, alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[-1] not in own:
            for alias in node.names:
                yield alias.asname or alias.name, node, f"{node.module}.{alias.name}"


def _meaning(node):
    """A definition without the words that describe it."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    bare = {name: value for name, value in ast.iter_fields(node) if name != "body"}
    return ast.dump(type(node)(**bare, body=body))


def _globals(tree):
    """`(name, node, meaning)`: two of one meaning are one thing, wherever they stand."""
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node, _meaning(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and not target.id.startswith("__"):
                    yield target.id, node, ast.dump(node)


def requirements(model, report):
    """LF34"""
    for path in model.project.names:
        name = path.rsplit("/", 1)[-1]
        if name == "requirements.txt":
            for number, line in enumerate((model.project.read_text(path) or "").splitlines(), 1):
                if re.match(r"^\s*pyspark\b", line, re.I):
                    report.add("LF34", (path, number), "pyspark is required.")
        elif name == "pyproject.toml":
            text = model.project.read_text(path) or ""
            block = re.search(r"^dependencies\s*=\s*\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", text, re.M)
            found = re.search(r"[\"']pyspark\b", block[1]) if block else None
            if found:
                report.add("LF34", (path, text.count("\n", 0, block.start(1) + found.start()) + 1), "pyspark is required.")


CHECKS = (future_imports, main_blocks, own_imports, same_names, requirements)
