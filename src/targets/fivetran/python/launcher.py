"""Serves one connector on the real SDK for one sync: launcher.py <connector directory> <socket path>.

Descriptor 3 is the line to the harness. Events go out as JSON lines; when it closes, the harness is gone, and so is
this process with all it started. Configuration and state come with the gRPC requests, never on disk or in arguments.
"""

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from concurrent import futures
from types import GeneratorType

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "debugger", "python")
sys.path.insert(1, SHARED)

from confined import confine
from shortened import shorten_waits

MAX_TEXT = 4000
MAX_TRACE_LINES = 60
LINE: socket.socket
LINE_LOCK = threading.Lock()


def emit(event: str, **fields) -> None:
    """Tells the harness something."""
    data = (json.dumps({"event": event, **fields}) + "\n").encode()
    with LINE_LOCK:
        LINE.sendall(data)


def describe(error: BaseException) -> dict:
    """Type, message and traceback of an exception, bounded."""
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
    return {
        "type": type(error).__name__,
        "message": str(error)[:MAX_TEXT],
        "trace": [line[:MAX_TEXT] for line in lines[-MAX_TRACE_LINES:]],
    }


def end_with_harness() -> None:
    """Waits for the harness to go away, then kills the whole process group."""
    try:
        while LINE.recv(4096):
            pass
    except OSError:
        # It had not read all it was told.
        pass
    os.killpg(0, signal.SIGKILL)


def refusing_exit(update):
    """Makes `exit()` in update() an ordinary failure of the stream.

    The SDK lets a SystemExit end its thread unseen, and the sync then counts as succeeded. Telling of it by the line
    alone would come too late: the stream's good end may be read first.
    """

    def run(configuration, state):
        try:
            result = update(configuration=configuration, state=state)
            if isinstance(result, GeneratorType):
                for _ in result:
                    pass
        except SystemExit as error:
            emit("thread", update=True, **describe(error))
            raise RuntimeError("update() called exit(): it must return or raise instead") from error

    return run


def report_thread(args) -> None:
    """Reports what ends a thread; `exit()` in update() is otherwise silent and looks like success."""
    if args.exc_value is not None:
        name = args.thread.name if args.thread else ""
        emit("thread", update="run_update" in name, **describe(args.exc_value))
    threading.__excepthook__(args)


def load(directory: str):
    """Imports connector.py the way the platform does and returns its `connector`."""
    from fivetran_connector_sdk import Connector

    sys.path.remove(SHARED)
    for own in ("confined", "shortened"):
        del sys.modules[own]
    sys.path[0] = directory
    import connector as module

    found = getattr(module, "connector", None)
    if not isinstance(found, Connector):
        raise TypeError("connector.py has no `connector = Connector(...)`")
    return found


def bind(server, path: str) -> str:
    """Binds a unix socket, or a loopback port where there are none. Returns the address for the client."""
    try:
        if server.add_insecure_port(f"unix:{path}"):
            return f"unix:{path}"
    except RuntimeError:
        pass
    return f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"


def preload() -> None:
    """Imports what every sync needs, for processes that are forked from this one."""
    import fivetran_connector_sdk
    import grpc
    import requests
    from fivetran_connector_sdk.protos import connector_sdk_pb2_grpc
    from fivetran_connector_sdk_common import constants

    del fivetran_connector_sdk, grpc, requests, connector_sdk_pb2_grpc, constants


def main(directory: str, path: str) -> None:
    global LINE
    LINE = socket.socket(fileno=3)
    threading.Thread(target=end_with_harness, daemon=True).start()
    threading.excepthook = report_thread
    import fivetran_connector_sdk as sdk
    import grpc
    from fivetran_connector_sdk.protos import connector_sdk_pb2_grpc
    from fivetran_connector_sdk_common import constants

    # The server's own report of an exception repeats what is told through the line.
    logging.getLogger("grpc").setLevel(logging.CRITICAL)
    constants.DEBUGGING = True
    shorten_waits(lambda seconds: emit("sleep", seconds=seconds), (os.path.dirname(sdk.__file__),))
    confine(lambda what, name: emit("denied", what=what, name=name), (directory,))
    try:
        connector = load(directory)
    except BaseException as error:  # noqa: BLE001 - a SystemExit at import is the connector's failure, too
        emit("exception", where="import", **describe(error))
        os._exit(1)
    connector.update_method = refusing_exit(connector.update_method)
    connector.configuration, connector.state, connector.project_path = {}, {}, directory
    connector._set_debug_crash_report = lambda error, where, *_, **__: emit("exception", where=where, **describe(error))
    sdk.Logging.LOG_LEVEL = sdk.Logging.Level.DEBUG
    unlimited = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10), options=unlimited)
    connector_sdk_pb2_grpc.add_SourceConnectorServicer_to_server(connector, server)
    address = bind(server, path)
    server.start()
    emit("ready", address=address)
    server.wait_for_termination()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
