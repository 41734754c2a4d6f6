"""Keeps a connector where it belongs while it is put to the proof.

With SYNCSMITH_CONFINED in the environment no connection leaves this machine, and no file is written outside the connector's
folder and the folders for temporary files. What Python itself does not do is not seen: libraries in C that open connections
of their own, and other programs that the connector starts. SYNCSMITH_REWRITE, `{"from": address, "to": address}`, leads
requests for an address that the connector has in its code to another one: those of requests, urllib3 and urllib.request.
"""

import ipaddress
import json
import os
import sys
import tempfile
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Devices and what the kernel shows as files are nobody's data.
NO_FILES = ("/dev", "/proc")


class Denied(PermissionError):
    """What a connector must not do while it is put to the proof."""


def confine(tell: Callable[[str, str], None], folders: tuple[str, ...]) -> None:
    """Does what the environment asks for; `tell` hears what was denied: `connection` or `file`, and its name."""
    rewrite = os.environ.get("SYNCSMITH_REWRITE")
    if rewrite:
        rewrite_requests(json.loads(rewrite))
    if os.environ.get("SYNCSMITH_CONFINED"):
        sys.addaudithook(watching(tell, folders))


def watching(tell: Callable[[str, str], None], folders: tuple[str, ...]) -> Callable[[str, tuple], None]:
    """Returns the hook that Python calls before it opens, connects, or removes anything."""
    own = (*folders, os.environ.get("HOME", ""), tempfile.gettempdir(), "/tmp", *NO_FILES)
    allowed = tuple(os.path.realpath(folder) + os.sep for folder in own if folder)
    told = set()

    def deny(kind: str, name: str, message: str) -> None:
        if name not in told:
            told.add(name)
            tell(kind, name)
        raise Denied(message)

    def connect(host: object, port: object) -> None:
        name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
        if not is_here(name):
            deny("connection", f"{name}:{port}", f"connections to {name}:{port} are not let out during this proof")

    def write(path: object) -> None:
        if isinstance(path, int):
            return
        whole = os.path.realpath(os.fsdecode(path))
        if not (whole + os.sep).startswith(allowed):
            deny("file", whole, f"{whole} is outside the connector's folder and is not written during this proof")

    def opened(path: object, _mode: object, flags: int) -> None:
        if flags & WRITING:
            write(path)

    def connected(_socket: object, address: object) -> None:
        if isinstance(address, tuple):
            connect(address[0], address[1])

    checks = {
        "open": opened,
        "socket.connect": connected,
        "socket.sendto": connected,
        "socket.getaddrinfo": lambda host, port, *_: connect(host, port),
        "socket.gethostbyname": lambda host: connect(host, 0),
        "os.mkdir": lambda path, _mode, directory: directory != -1 or write(path),
        "os.remove": lambda path, directory: directory != -1 or write(path),
        "os.rmdir": lambda path, directory: directory != -1 or write(path),
        "os.rename": lambda source, target, *_: (write(source), write(target)),
        "os.link": lambda _source, target, *_: write(target),
        "os.symlink": lambda _source, target, *_: write(target),
        "os.truncate": lambda path, _length: write(path),
        "shutil.rmtree": lambda path, *_: write(path),
    }

    def hook(event: str, arguments: tuple) -> None:
        check = checks.get(event)
        if check is not None:
            check(*arguments)

    return hook


def is_here(host: str) -> bool:
    """Tells whether a host is this machine."""
    if host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def rewrite_requests(places: dict) -> None:
    """Leads requests for one address to another one, whatever the code says."""
    import urllib.request

    import requests
    import urllib3

    def rewritten(address: str) -> str:
        return moved(address, places["from"], places["to"])

    real_send = requests.Session.send
    real_pooled = urllib3.PoolManager.urlopen
    real_open = urllib.request.OpenerDirector.open

    def send(self, request, **options):
        request.url = rewritten(request.url)
        return real_send(self, request, **options)

    def pooled(self, method, url, *arguments, **options):
        return real_pooled(self, method, rewritten(url), *arguments, **options)

    def opened(self, fullurl, *arguments, **options):
        if isinstance(fullurl, str):
            fullurl = rewritten(fullurl)
        else:
            fullurl.full_url = rewritten(fullurl.full_url)
        return real_open(self, fullurl, *arguments, **options)

    requests.Session.send = send
    urllib3.PoolManager.urlopen = pooled
    urllib.request.OpenerDirector.open = opened


def moved(address: str, source: str, target: str) -> str:
    """Returns an address below `source` as one below `target`; of what else is on its host, only the host changes."""
    asked, known, wanted = urlsplit(address), urlsplit(source), urlsplit(target)
    if asked.hostname != known.hostname:
        return address
    path = asked.path
    if (path + "/").startswith(known.path.rstrip("/") + "/"):
        path = wanted.path.rstrip("/") + path[len(known.path.rstrip("/")) :]
    return urlunsplit((wanted.scheme, wanted.netloc, path, asked.query, asked.fragment))
