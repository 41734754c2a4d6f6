"""The files of a connector: which of them ship, and their trees with parent links."""

import ast
import os
import re
import stat
import tokenize
import warnings
from io import BytesIO

SKIPPED = {"__pycache__", "node_modules", "venv", "env", "build", "dist", "site-packages", "files"}
MOST_FILES = 2000
MOST_BYTES = 4_000_000
# Tests are not merged into the connector, whatever they do.
_TEST = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$|[^/]*_test_utils\.py$)")


class Module:
    """One parsed Python file. `name` is its file name without `.py`, as a neighbour imports it."""

    def __init__(self, path, tree):
        self.path = path
        self.tree = tree
        self.name = path.rsplit("/", 1)[-1][:-3]
        self.imports = []
        queue = [tree]
        for parent in queue:
            for child in ast.iter_child_nodes(parent):
                child.parent = parent
                if isinstance(child, (ast.Import, ast.ImportFrom)):
                    self.imports.append(child)
                queue.append(child)


class Project:
    """Everything below the directory that counts. A merged file beside its parts is left out: it repeats them."""

    def __init__(self, directory, report):
        self.root = os.path.realpath(directory)
        self.names = sorted(self._walk())
        self.files = []
        for path in self.names:
            if path.endswith(".py"):
                self._parse(path, report)
        shipped = [module for module in self.files if not _TEST.search(module.path)]
        parts = [module for module in shipped if not module.name.startswith("_generated_")]
        self.shipped = parts or shipped

    def read_text(self, path):
        """Text of a file inside the directory, or None when it is absent or too large."""
        data = self._bytes(path)
        return None if data is None else data.decode("utf-8", "replace").removeprefix("\ufeff")

    def _bytes(self, path):
        if path not in self.names:
            return None
        whole = os.path.join(self.root, path)
        try:
            if os.path.getsize(whole) > MOST_BYTES:
                return None
            with open(whole, "rb") as file:
                return file.read()
        except OSError:
            return None

    def _walk(self):
        found = 0
        for current, directories, files in os.walk(self.root, followlinks=False):
            directories[:] = sorted(name for name in directories if self._kept(current, name))
            for name in sorted(files):
                whole = os.path.join(current, name)
                # A link that leads outside is someone else's file.
                if not os.path.realpath(whole).startswith(self.root + os.sep):
                    continue
                try:
                    if not stat.S_ISREG(os.stat(whole).st_mode):
                        continue
                except OSError:
                    continue
                found += 1
                if found > MOST_FILES:
                    return
                yield os.path.relpath(whole, self.root).replace(os.sep, "/")

    @staticmethod
    def _kept(current, name):
        if name.startswith(".") or name in SKIPPED:
            return False
        return not os.path.exists(os.path.join(current, name, "pyvenv.cfg"))

    def _parse(self, path, report):
        severity = "warning" if _TEST.search(path) else None
        data = self._bytes(path)
        if data is None:
            report.add("LF01", (path, 0), "The file cannot be read or is larger than 4 MB; it was not checked.", "warning")
            return
        try:
            data.decode(tokenize.detect_encoding(BytesIO(data).readline)[0])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(data)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            report.add("LF01", (path, line), f"The file is not valid {error.encoding.upper()}.", severity)
        except (SyntaxError, LookupError, ValueError) as error:
            line = getattr(error, "lineno", None) or 0
            report.add("LF01", (path, line), f"The file does not parse: {getattr(error, 'msg', None) or error}.", severity)
        except (RecursionError, MemoryError):
            report.add("LF01", (path, 0), "The file is nested too deeply to check.", "warning")
        else:
            self.files.append(Module(path, tree))
