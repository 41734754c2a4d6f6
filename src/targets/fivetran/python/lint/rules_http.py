"""SF33 to SF36 and SF46: requests, their time limits, retries, statuses and encryption."""

import ast
import re

from project import imported_names
from syntax import FUNCTIONS, ancestors, argument, has_spread, walk_own
from values import Values

RETRY_LIBRARIES = ("tenacity", "backoff", "retrying", "retry", "stamina", "urllib3.util", "urllib3.Retry", "requests_ratelimiter")
RETRY_WORD = re.compile(r"retr(y|ies)|attempt|backoff", re.I)
STATUS_WORDS = {"status_code", "status", "ok", "code", "reason", "is_success", "is_error", "raise_for_status"}
BROAD = {"Exception", "BaseException", "RequestException", "HTTPError", "HTTPStatusError", "RequestError"}
CLIENT_ERRORS = {400, 401, 403, 404}
PLAIN_ADDRESS = re.compile(r"^http://(?!localhost|127\.|0\.0\.0\.0|\[?::1|\{|host\.docker)[^/\s]*[a-z]", re.I)


def timeouts(model, report):
    """SF33: httpx and urllib3 pools have defaults; requests, aiohttp-free urllib and sessions have none."""
    for function in model.reachable:
        for node in model.calls(function):
            method = model.http_call(node, function)
            dotted = model.external(node.func, function) or ""
            if not method or dotted.startswith(("httpx", "aiohttp", "urllib3")) or has_spread(node):
                continue
            if not dotted and not _is_requests_session(model):
                continue
            if not any(k.arg == "timeout" for k in node.keywords) and not (method == "urlopen" and len(node.args) > 2):
                report.add("SF33", (function.module, node), f"{ast.unparse(node.func)[:60]}() has no timeout.")


def _is_requests_session(model):
    """Sessions are not told apart by library: only where requests is the one that is used. Adapters may set a timeout."""
    modules = model.project.modules.values()
    imported = {name.split(".")[0] for module in modules for name in imported_names(module)}
    subclassed = any("Adapter" in ast.unparse(base) or "Session" in ast.unparse(base) for cls in model.classes for base in cls.node.bases)
    return "requests" in imported and not imported & {"httpx", "aiohttp"} and not subclassed


def retries(model, report):
    """SF34: no sign of a retry anywhere blocks; a retry that never grows or never ends is a warning."""
    calls = [(f, n) for f in model.reachable for n in model.calls(f) if model.http_call(n, f)]
    if not calls:
        return
    if not _any_retry(model):
        function, node = min(calls, key=lambda c: (c[0].module.path, c[1].lineno))
        report.add("SF34", (function.module, node), "Requests are sent and nothing in the project retries them.")
        return
    for function in model.reachable:
        for loop, handler in retry_handlers(model, function):
            _constant_wait(model, function, handler, report)
            _endless_retry(function, loop, handler, report)


def _any_retry(model):
    for function in model.functions:
        if RETRY_WORD.search(function.name):
            return True
        for node in function.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)):
                name = node.id if isinstance(node, ast.Name) else node.attr
                if RETRY_WORD.search(name) or (model.external(node, function) or "").startswith(RETRY_LIBRARIES):
                    return True
            elif isinstance(node, ast.keyword) and node.arg and RETRY_WORD.search(node.arg):
                return True
        if any(True for _ in retry_handlers(model, function)) or _polls_status(model, function):
            return True
    return False


def retry_handlers(model, function):
    """`(loop, handler)` where a loop tries a request and a handler waits and lets the loop go on."""
    for loop in function.nodes:
        if not isinstance(loop, (ast.For, ast.While)):
            continue
        for node in loop.body:
            if not isinstance(node, ast.Try):
                continue
            if "http" not in set().union(*(model.node_facts(s, function) for s in node.body)):
                continue
            for handler in node.handlers:
                facts = set().union(*(model.node_facts(s, function) for s in handler.body))
                after = set().union(set(), *(model.node_facts(s, function) for s in loop.body[loop.body.index(node) + 1 :]))
                if "sleep" in facts or ("sleep" in after and "data" not in after and not _always_leaves(handler.body)):
                    yield loop, handler


def _polls_status(model, function):
    """A loop that sends a request and sleeps when the status says so."""
    for loop in function.nodes:
        if isinstance(loop, (ast.For, ast.While)):
            facts = set().union(*(model.node_facts(s, function) for s in loop.body))
            checks = any(isinstance(n, ast.Attribute) and n.attr in STATUS_WORDS for n in walk_own(loop))
            if {"http", "sleep"} <= facts and checks:
                return True
    return False


def _constant_wait(model, function, handler, report):
    for node in [n for s in handler.body for n in walk_own(s)]:
        if isinstance(node, ast.Call) and model.external(node.func, function) == "time.sleep" and node.args:
            wait = node.args[0]
            literal = model.once(Values).candidates(wait, function) or []
            if isinstance(wait, ast.Constant) or (
                isinstance(wait, ast.Name) and literal and all(isinstance(c, ast.Constant) for c, _ in literal)
            ):
                report.add("SF34", (function.module, node), "The wait between retries does not grow.", "warning")


def _endless_retry(function, loop, handler, report):
    endless = isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant)
    leaves = any(isinstance(n, (ast.Raise, ast.Return, ast.Break)) for s in handler.body for n in walk_own(s))
    if endless and not leaves and not _counts(loop):
        report.add("SF34", (function.module, handler), "This retries without end.", "warning")


def _counts(loop):
    return any(isinstance(n, ast.Raise) for n in walk_own(loop))


def client_errors(model, report):
    """SF35"""
    for function in model.reachable:
        for loop, handler in retry_handlers(model, function):
            if _retries_everything(model, function, loop, handler):
                name = ast.unparse(handler.type) if handler.type else "any exception"
                message = f"{name[:60]} is retried, client errors such as 401 included."
                report.add("SF35", (function.module, handler), message)
        _decorated(model, function, report)
        for node in model.calls(function):
            for keyword in node.keywords:
                if keyword.arg == "status_forcelist":
                    _forced(model, function, keyword.value, report)


def _retries_everything(model, function, loop, handler):
    if not _is_broad(handler) or _always_leaves(handler.body):
        return False
    attempt = next(n for n in loop.body if isinstance(n, ast.Try) and handler in n.handlers)
    for earlier in attempt.handlers[: attempt.handlers.index(handler)]:
        if earlier.type is not None and ("HTTP" in ast.unparse(earlier.type) or "Error" in ast.unparse(earlier.type)):
            return False
    body = [n for s in attempt.body for n in walk_own(s)]
    raises = any(isinstance(n, ast.Attribute) and n.attr == "raise_for_status" for n in body)
    looks = [n for s in loop.body for n in walk_own(s)]
    if any(isinstance(n, ast.Attribute) and n.attr in STATUS_WORDS - {"raise_for_status"} for n in looks):
        return False
    if any(isinstance(n, ast.Name) and ("status" in n.id or n.id in ("isinstance", "getattr", "giveup")) for n in looks):
        return False
    # A helper may look at the status before or after.
    helpers = [c for n in looks if isinstance(n, ast.Call) for c in model.callees(n, function)]
    return raises and not any(_mentions_status(h) for h in helpers)


def _mentions_status(function):
    return any(isinstance(n, ast.Attribute) and n.attr in STATUS_WORDS for n in function.nodes)


def _is_broad(handler):
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(t).split(".")[-1] in BROAD for t in types)


def _always_leaves(statements):
    """Whether a handler ends in raise, return or break whatever happens."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _always_leaves(last.body) and _always_leaves(last.orelse)
    return isinstance(last, (ast.Raise, ast.Return, ast.Break))


def _decorated(model, function, report):
    """`@retry` and `@backoff.on_exception` that retry whatever raise_for_status raises."""
    if not isinstance(function.node, FUNCTIONS) or not any(
        isinstance(n, ast.Attribute) and n.attr == "raise_for_status" for n in function.nodes
    ):
        return
    if any(isinstance(n, ast.Attribute) and n.attr in STATUS_WORDS - {"raise_for_status"} for n in function.nodes):
        return
    for decorator in function.node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        dotted = model.external(call.func if call else decorator, function.owner) or ""
        if dotted == "tenacity.retry" and argument(call, None, "retry") is None if call else dotted == "tenacity.retry":
            report.add("SF35", (function.module, decorator), "tenacity retries any exception here, 401 included.")
        elif call and dotted == "backoff.on_exception" and argument(call, None, "giveup") is None:
            caught = ast.unparse(call.args[1]) if len(call.args) > 1 else ""
            if any(word in caught for word in ("RequestException", "HTTPError", "Exception")):
                report.add("SF35", (function.module, decorator), "backoff retries client errors here: there is no giveup.")


def _forced(model, function, value, report):
    elements = model.once(Values).elements(value, function) or []
    wrong = sorted(n.value for n, _ in elements if isinstance(n, ast.Constant) and n.value in CLIENT_ERRORS)
    if wrong:
        report.add("SF35", (function.module, value), f"Status {', '.join(map(str, wrong))} is in status_forcelist.")


def statuses(model, report):
    """SF36: a body that is read from a response nothing has looked at. urllib raises by itself."""
    if _checked_by_hook(model):
        return
    for function in model.reachable:
        for node in model.calls(function):
            method = model.http_call(node, function)
            dotted = model.external(node.func, function) or ""
            if not method or dotted.startswith(("urllib", "aiohttp")):
                continue
            parent = node.parent
            if isinstance(parent, ast.Attribute) and parent.attr in ("json", "text", "content"):
                report.add("SF36", (function.module, node), "The body is read without looking at the status.")
            name = _held_as(node)
            if name and _body_is_read(name, function) and not _is_looked_at(name, node, function):
                report.add("SF36", (function.module, node), f"The body of {name} is read without looking at its status.")


def _checked_by_hook(model):
    for function in model.functions:
        for node in function.nodes:
            if isinstance(node, ast.Attribute) and node.attr in ("hooks", "event_hooks"):
                return True
            if isinstance(node, ast.keyword) and node.arg in ("hooks", "event_hooks", "raise_for_status"):
                return True
    return False


def _held_as(node):
    parent = node.parent
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        return parent.targets[0].id
    if isinstance(parent, ast.withitem) and isinstance(parent.optional_vars, ast.Name):
        return parent.optional_vars.id
    return None


def _body_is_read(name, function):
    return any(
        isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == name and n.attr in ("json", "text", "content")
        for n in function.nodes
    )


def _is_looked_at(name, call, function):
    """A status attribute, or the response handed on to someone who may look."""
    for node in function.nodes:
        if not (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)):
            continue
        parent = node.parent
        if isinstance(parent, ast.Attribute):
            if parent.attr in STATUS_WORDS or parent.attr in ("headers", "url", "history"):
                return True
        elif not isinstance(parent, ast.FormattedValue):
            return True
    return any(isinstance(a, ast.Lambda) for a in ancestors(call))


def encryption(model, report):
    """SF46: verify=False, and plain http addresses that are requested or named as an address."""
    for function in model.functions:
        for node in function.nodes:
            if isinstance(node, ast.keyword) and node.arg in ("verify", "verify_ssl", "ssl_verify"):
                if isinstance(node.value, ast.Constant) and node.value.value is False:
                    report.add("SF46", (function.module, node.value), f"{node.arg}=False switches verification off.")
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                target = node.targets[0]
                name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                if name == "verify" and node.value.value is False:
                    report.add("SF46", (function.module, node), "verify = False switches verification off.")
                if re.search(r"url|base|endpoint|host|server|address", name, re.I):
                    _plain(function, node.value, report)
            elif model.http_call(node, function) and node.args:
                _plain(function, node.args[0], report)


def _plain(function, node, report):
    value = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and PLAIN_ADDRESS.match(value.value):
        shown = re.sub(r"//[^/@]*@", "//…@", value.value)
        report.add("SF46", (function.module, node), f"The address {shown[:60]} is not encrypted.")


CHECKS = (timeouts, retries, client_errors, statuses, encryption)
