"""Runs a program again and again without importing its libraries anew: fork_server.py <program>.

The program is imported once; each request forks a process that has run nothing of any connector yet, and calls the
program's main(). Descriptor 3 is the line to the harness: requests come in as JSON lines, pids and ends go out. Where the
line closes the harness is gone, and so is this process; the forked ones end by lines of their own.
"""

import importlib.util
import json
import os
import random
import select
import signal
import socket
import sys
import tempfile
import time

LINE = 3


def main(path: str) -> None:
    program = load(path)
    line = socket.socket(fileno=LINE)
    # Whoever ends wakes the loop below.
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    tell(line, {"event": "ready"})
    rest = b""
    while True:
        readable, _, _ = select.select([line, woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
            report_ends(line)
        if line in readable:
            chunk = line.recv(65536)
            if not chunk:
                os._exit(0)
            *requests, rest = (rest + chunk).split(b"\n")
            for text in requests:
                start(program, line, json.loads(text))


def load(path: str):
    """Imports the program, and what it will want besides."""
    sys.path[0] = os.path.dirname(path)
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    program = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = program
    spec.loader.exec_module(program)
    if hasattr(program, "preload"):
        program.preload()
    return program


def start(program, line: socket.socket, request: dict) -> None:
    pid = os.fork()
    if pid:
        tell(line, {"event": "started", "id": request["id"], "pid": pid})
        return
    code = 70
    try:
        become(request)
        program.main(*request["args"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def become(request: dict) -> None:
    """Makes a forked process what a started one would be: group, folder, environment, output, line."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    sys.argv = [sys.argv[1], *request["args"]]
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None
    random.seed()
    os.chdir(request["directory"])
    for descriptor, path in ((1, request["out"]), (2, request["err"]), (LINE, request["line"])):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        os.dup2(connection.fileno(), descriptor, inheritable=descriptor != LINE)
        connection.close()
    os.closerange(LINE + 1, 256)


def report_ends(line: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        tell(line, {"event": "ended", "pid": pid, "how": how})


def tell(line: socket.socket, event: dict) -> None:
    line.sendall((json.dumps(event) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1])
