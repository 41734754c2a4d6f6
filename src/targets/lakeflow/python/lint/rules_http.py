"""LF22 and LF23: time limits and encryption."""

import ast
import re

from syntax import ancestors, pairs_of, text_of

PLAIN = re.compile(r"^http://(?!localhost|127\.|0\.0\.0\.0|\[?::1|\{|host\.docker)[^/\s]*[a-z]", re.I)


ADDRESS = re.compile(r"(?<!//)\b\w*(url|uri|base|endpoint|host|server|address)\w*$", re.I)


def timeouts(model, report):
    """LF22: httpx and urllib3 have defaults; requests, sessions of it and urllib have none."""
    adapted = any((base or "").endswith(("Adapter", "Session")) for cls in model.classes for base in cls.bases)
    for function in model.functions:
        for node in function.nodes:
            method = model.http_call(node, function)
            dotted = model.external(node.func, function) or "" if method else ""
            if not method or dotted.startswith(("httpx", "aiohttp", "urllib3")) or (adapted and not dotted):
                continue
            given = any(k.arg in ("timeout", None) for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args)
            if not given and not (method == "urlopen" and len(node.args) > 2):
                report.add("LF22", (function.module, node), f"{ast.unparse(node.func)[:60]}() has no timeout.")


def encryption(model, report):
    """LF23"""
    for module in model.project.shipped:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_create_unverified_context":
                report.add("LF23", (module, node), "The server's certificate is not checked.")
            for name, value in pairs_of(node):
                if name in ("verify", "verify_ssl", "ssl_verify", "check_hostname") and getattr(value, "value", None) is False:
                    report.add("LF23", (module, value), f"{name} = False switches verification off.")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and PLAIN.match(node.value) and _is_address(node):
                shown = re.sub(r"//[^/@]*@", "//…@", node.value)
                report.add("LF23", (module, node), f"The address {shown[:60]} is not encrypted.")


def _is_address(node):
    """Named as one, a default of what is, or given to a request. Names of schemas and the like only look like addresses."""
    for inner, parent in zip([node, *ancestors(node)], ancestors(node)):
        if any(value is inner and ADDRESS.search(name) for name, value in pairs_of(parent)):
            return True
        if isinstance(parent, ast.Call):
            return _is_given_as_address(inner, parent)
        if isinstance(parent, ast.stmt):
            return False
    return False


def _is_given_as_address(value, call):
    """The address of a request, or the default of `get("base_url", …)`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if call.args and value is call.args[0]:
        return name in ("get", "post", "put", "request", "urlopen", "stream")
    return any(ADDRESS.search(text_of(argument) or "") for argument in call.args[:1])


CHECKS = (timeouts, encryption)
