"""LF21: what is kept on the instance."""

import ast

from syntax import tail

# What pickle refuses, or what does not work on another machine.
_LOCKS = {"Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier", "local", "Thread"}
_HANDLES = {"ThreadPoolExecutor", "ProcessPoolExecutor", "SSHClient", "SFTPClient", "Transport", "BlobServiceClient"}
_CONNECTING = {
    *("psycopg.connect", "psycopg2.connect", "pymysql.connect", "pytds.connect", "sqlite3.connect", "mysql.connector.connect"),
    *("socket.socket", "socket.create_connection", "boto3.client", "boto3.resource", "boto3.Session", "boto3.session.Session"),
    *("paramiko.SSHClient", "paramiko.Transport", "pyodbc.connect", "oracledb.connect", "snowflake.connector.connect"),
}


def unpicklable(model, report):
    """LF21. What is put there later is a warning: it may be gone before the instance is sent anywhere."""
    for cls in model.classes:
        if cls not in model.connectors or any(model.method(cls, name) for name in ("__getstate__", "__reduce__", "__reduce_ex__")):
            continue
        for method in cls.methods.values():
            for node in method.nodes:
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    names = [t.attr for t in targets if isinstance(t, ast.Attribute) and tail(t.value) == "self"]
                    words = _what(model, node.value, method) if names else None
                    if words:
                        severity = _severity(model, node.value, method)
                        report.add("LF21", (method.module, node), f"self.{names[0]} holds {words}.", severity)


def _what(model, value, method):
    if not isinstance(value, ast.Call):
        return "a generator" if isinstance(value, ast.GeneratorExp) else None
    dotted = model.external(value.func, method) or ""
    last = dotted.rsplit(".", 1)[-1]
    if dotted.split(".")[0] in ("threading", "multiprocessing", "asyncio") and last in _LOCKS:
        return "a lock or a thread"
    if dotted in _CONNECTING or last in _HANDLES:
        return "a connection"
    if isinstance(value.func, ast.Name) and value.func.id == "open" and not dotted:
        return "an open file"
    if model.makes_session(value, method):
        return "an HTTP session"
    return None


def _severity(model, value, method):
    """A session of requests can be pickled, though its connections are lost: it is out of place rather than broken."""
    if model.makes_session(value, method) and (model.external(value.func, method) or "").startswith("requests."):
        return "warning"
    return None if method.name == "__init__" else "warning"


CHECKS = (unpicklable,)
