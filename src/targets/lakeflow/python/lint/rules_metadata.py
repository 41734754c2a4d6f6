"""LF09 to LF12: what read_table_metadata declares, against what there is."""

import ast

from model import TYPES
from syntax import pairs_of, text_of


def ingestion_types(model, report):
    """LF09"""
    for module, name, value, _ in model.settings():
        text = text_of(value)
        if name == "ingestion_type" and text is not None and text not in TYPES:
            report.add("LF09", (module, value), f"The ingestion type {text[:40]!r} does not exist.")


def keys_and_cursors(model, report):
    """LF10: metadata that are written out whole, and not completed elsewhere in the file."""
    for module in model.project.shipped:
        later = {text_of(n.slice) for n in ast.walk(module.tree) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)}
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Dict) or None in node.keys:
                continue
            given = dict(pairs_of(node))
            if text_of(given.get("ingestion_type")) not in ("cdc", "cdc_with_deletes"):
                continue
            for name, words in (("primary_keys", "keys"), ("cursor_field", "cursor")):
                if name not in later and (name not in given or _is_nothing(given[name])):
                    report.add("LF10", (module, given["ingestion_type"]), f"The table has no {words} ({name}).")


def _is_nothing(value):
    if isinstance(value, ast.Constant):
        return value.value in (None, "")
    return isinstance(value, (ast.List, ast.Tuple)) and not value.elts


def dotted_keys(model, report):
    """LF11"""
    for module, name, value, _ in model.settings():
        if name in ("primary_keys", "primary_key") and isinstance(value, (ast.List, ast.Tuple)):
            for element in value.elts:
                text = text_of(element)
                if text is not None and "." in text:
                    report.add("LF11", (module, element), f"The key {text[:60]} is inside a struct.")


def deletes(model, report):
    """LF12: declared without a reader, which fails; a reader without a declaration, which is never called."""
    declared = "cdc_with_deletes" in model.types
    for cls in model.connectors:
        method = model.method(cls, "read_table_deletes")
        reads = method is not None and not all(isinstance(s, (ast.Raise, ast.Expr)) for s in method.node.body)
        if declared and not reads:
            report.add("LF12", (cls.module, cls.node), "A table is declared as cdc_with_deletes, and read_table_deletes() is not there.")
        elif reads and model.types and model.types_known and not declared:
            message = "read_table_deletes() is there, and no table is declared as cdc_with_deletes: it is never called."
            report.add("LF12", (method.module, method.node), message, "warning")


CHECKS = (ingestion_types, keys_and_cursors, dotted_keys, deletes)
