"""An SFTP server on this machine that has the files as they were when they were recorded."""

#% if c.base64
import base64
#% endif
import json
import stat
#% if c.credentials == "private_key"
from io import BytesIO, StringIO
#% else
from io import BytesIO
#% endif
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import paramiko

# Of the connector; host, port and keys are made for each sync.
CONFIGURATION = {{ c.configuration }}
PARTS = ("first", "second")
# Far more than a sync takes: one that sends the same request over and over has to end here.
MAX_REQUESTS = {{ c.max_requests }}
# What may go wrong with a listing or a file and be right when it is asked for again.
FAULTS = ("connection lost", "file cut short")
# What a sync says of a server that stays down.
DOWN = "also after"


class Source:
    """The files as they were at a part; as a context manager a server has them until the end.

    With a fault each listing and each file meets it once, when it is first asked for.
    `down_from` the server hangs up from the n-th of these requests on.
    """

    def __init__(self, part: str, fault: str | None = None, down_from: int | None = None):
        self.files = files_at(part)
        self.asked = 0
        self.struck = 0
        # Why nothing more is answered, in words.
        self.refused = ""
        self._fault, self._down_from = fault, down_from
        self._met: set[str] = set()
        self.host_key = paramiko.ECDSAKey.generate()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.source = self
        host, port = self._server.server_address
        self.configuration = CONFIGURATION | {
            "host": host,
            "port": str(port),
            "host_key": f"{self.host_key.get_name()} {self.host_key.get_base64()}",
        }
#% if c.credentials == "private_key"
        self.user_key = paramiko.ECDSAKey.generate()
        written = StringIO()
        self.user_key.write_private_key(written)
        self.configuration["private_key"] = written.getvalue()
#% endif

    def __enter__(self) -> "Source":
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object):
        self._server.shutdown()
        self._server.server_close()

    def meets(self, path: str) -> str | None:
        """Return what goes wrong with a listing or a file that is asked for, if anything."""
        self.asked += 1
        if self.asked > MAX_REQUESTS:
            self.refused = f"{path} is request {self.asked}: there is no end to them"
            return "connection lost"
        if self._down_from is not None and self.asked >= self._down_from:
            return "connection lost"
        if self._fault is None or path in self._met:
            return None
        self._met.add(path)
        self.struck += 1
        return self._fault


def files_at(part: str) -> dict[str, dict]:
    """Return the files by their paths; in what is kept null stands for one that was removed."""
    files = {}
    for name in PARTS[: PARTS.index(part) + 1]:
        kept = Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
        files |= json.loads(kept)
    return {f"{CONFIGURATION['path']}/{name}": file for name, file in files.items() if file is not None}


def content_of(file: dict) -> bytes:
    """Return the bytes of a file."""
#% if c.base64
    return file["text"].encode() if "text" in file else base64.b64decode(file["base64"])
#% else
    return file["text"].encode()
#% endif


class Server(ThreadingTCPServer):
    """Listens for connections."""

    daemon_threads = True


class Handler(BaseRequestHandler):
    """Speaks SSH over one connection until it ends."""

    def handle(self):
        source = self.server.source
        transport = paramiko.Transport(self.request)
        transport.add_server_key(source.host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, source)
        transport.start_server(server=Door(source, transport))
        transport.join()


class Door(paramiko.ServerInterface):
    """Lets in who has the configuration, for files and nothing else."""

    def __init__(self, source: Source, transport: paramiko.Transport):
        self.transport = transport
        self._source = source

    def get_allowed_auths(self, username: str) -> str:
        return "{{ "publickey" if c.credentials == "private_key" else "password" }}"

#% if c.credentials == "private_key"
    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == CONFIGURATION["user"] and key == self._source.user_key
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED
#% else
    def check_auth_password(self, username: str, password: str) -> int:
        known = (username, password) == (CONFIGURATION["user"], CONFIGURATION["password"])
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED
#% endif

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class Files(paramiko.SFTPServerInterface):
    """The files and the folders that they are in."""

    def __init__(self, door: Door, source: Source):
        super().__init__(door)
        self._source, self._transport = source, door.transport

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        below = [name[len(path) + 1 :] for name in self._source.files if name.startswith(f"{path}/")]
        # The folder that everything is in is there even when it is empty.
        if not below and path != CONFIGURATION["path"]:
            return paramiko.SFTP_NO_SUCH_FILE
        if self._source.meets(path) == "connection lost":
            return self._hang_up()
        return [self._attributes(path, name) for name in sorted({name.split("/")[0] for name in below})]

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        file = self._source.files.get(path)
        return paramiko.SFTP_NO_SUCH_FILE if file is None else attributes_of(file)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        file = self._source.files.get(path)
        if file is None:
            return paramiko.SFTP_NO_SUCH_FILE
        fault = self._source.meets(path)
        if fault == "connection lost":
            return self._hang_up()
        return OpenFile(file, cut=fault == "file cut short")

    def _hang_up(self) -> int:
        self._transport.close()
        return paramiko.SFTP_CONNECTION_LOST

    def _attributes(self, folder: str, name: str) -> paramiko.SFTPAttributes:
        file = self._source.files.get(f"{folder}/{name}")
        attributes = paramiko.SFTPAttributes() if file is None else attributes_of(file)
        attributes.filename = name
        attributes.st_mode = (stat.S_IFDIR if file is None else stat.S_IFREG) | 0o755
        return attributes


def attributes_of(file: dict) -> paramiko.SFTPAttributes:
    """Return what the server says of a file; its times are whole seconds."""
    attributes = paramiko.SFTPAttributes()
    attributes.st_size = len(content_of(file))
    attributes.st_atime = attributes.st_mtime = int(file["modified_nanoseconds"]) // 10**9
    return attributes


class OpenFile(paramiko.SFTPHandle):
    """A file that is read; cut short, it ends in the middle of what is said of it."""

    def __init__(self, file: dict, cut: bool):
        super().__init__()
        content = content_of(file)
        self.readfile = BytesIO(content[: len(content) // 2] if cut else content)
        self._attributes = attributes_of(file)

    def stat(self) -> paramiko.SFTPAttributes:
        return self._attributes
