"""The files of a connector: which ones ship, which modules `connector.py` reaches, their trees with parent links."""

import ast
import os
import stat
import tokenize
import warnings
from io import BytesIO

ENTRY = "connector.py"
SKIPPED = {"__pycache__", "lib", "include", "files", "node_modules", "venv", "env", "build", "dist", "site-packages"}
MOST_FILES = 2000
MOST_BYTES = 2_000_000


class Module:
    """One parsed Python file. `name` is its dotted name as `connector.py` would import it."""

    def __init__(self, path, text, tree):
        self.path = path
        self.text = text
        self.tree = tree
        parts = path[:-3].split("/")
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.imports = []
        queue = [tree]
        for parent in queue:
            for child in ast.iter_child_nodes(parent):
                child.parent = parent
                if isinstance(child, (ast.Import, ast.ImportFrom)):
                    self.imports.append(child)
                queue.append(child)

    def absolute(self, node):
        """Dotted name of the module an `ImportFrom` names, relative imports resolved."""
        if not node.level:
            return node.module or ""
        base = self.name.split(".") if self.name else []
        keep = len(base) - node.level + (1 if self.is_package else 0)
        return ".".join([*base[: max(keep, 0)], *([node.module] if node.module else [])])


class Project:
    """Everything below the directory that counts; `modules` holds only what `connector.py` reaches by import."""

    def __init__(self, directory, report):
        self.root = os.path.realpath(directory)
        self.names = sorted(self._walk())
        self.files = []
        self.broken = set()
        for path in self.names:
            if path.endswith(".py"):
                self._parse(path, report)
        by_name = {module.name: module for module in self.files}
        self.all_modules = by_name
        self.entry = by_name.get("connector")
        self.modules = self._reached(by_name)
        self._report_broken(report)

    def read(self, path, most=MOST_BYTES):
        """Bytes of a file inside the directory, or None when it is absent, no regular file, or larger than `most`."""
        if path not in self.names:
            return None
        whole = os.path.join(self.root, path)
        try:
            if os.path.getsize(whole) > most:
                return None
            with open(whole, "rb") as file:
                return file.read()
        except OSError:
            return None

    def read_text(self, path):
        data = self.read(path)
        return None if data is None else data.decode("utf-8", "replace").removeprefix("\ufeff")

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
        data = self.read(path)
        if data is None:
            self.broken.add(path)
            report.add("SF01", (path, 0), "The file cannot be read or is larger than 2 MB; it was not checked.", "warning")
            return
        try:
            text = data.decode(_encoding(data))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(data)
        except (SyntaxError, UnicodeDecodeError, LookupError, ValueError) as error:
            self.broken.add(path)
            line = getattr(error, "lineno", None) or 0
            if isinstance(error, UnicodeDecodeError):
                line = data[: error.start].count(b"\n") + 1
                message = f"The file is not valid {error.encoding.upper()}: byte 0x{data[error.start]:02x}."
            else:
                message = f"The file does not parse: {getattr(error, 'msg', None) or error}."
            report.add("SF01", (path, line), message)
            return
        except (RecursionError, MemoryError):
            self.broken.add(path)
            report.add("SF01", (path, 0), "The file is nested too deeply to check.", "warning")
            return
        self.files.append(Module(path, text, tree))

    def _reached(self, by_name):
        """Modules reached from the entry. Without an entry nothing can be told apart, so all of them."""
        if self.entry is None:
            return {} if ENTRY in self.broken else by_name
        reached = {"connector": self.entry}
        queue = [self.entry]
        while queue:
            module = queue.pop()
            for name in imported_names(module):
                parts = name.split(".")
                for end in range(1, len(parts) + 1):
                    found = by_name.get(".".join(parts[:end]))
                    if found and found.name not in reached:
                        reached[found.name] = found
                        queue.append(found)
        return reached

    def _report_broken(self, report):
        """A file that nothing imports may be broken without harm: its finding is softened."""
        wanted = set()
        for module in self.modules.values():
            for name in imported_names(module):
                parts = name.split(".")
                for end in range(1, len(parts) + 1):
                    base = "/".join(parts[:end])
                    wanted.update((f"{base}.py", f"{base}/__init__.py"))
        for found in report.sorted():
            harmless = found["file"] != ENTRY and found["file"] not in wanted
            if found["rule"] == "SF01" and harmless and self.entry is not None:
                report.soften(found)


def _encoding(data):
    """The declared encoding, UTF-8 otherwise. Throws SyntaxError for one that does not exist."""
    try:
        return tokenize.detect_encoding(BytesIO(data).readline)[0]
    except SyntaxError:
        # It says so too when the first lines are no UTF-8, without the place; decoding tells it.
        data.decode("utf-8")
        raise


def imported_names(module):
    """Dotted names a module imports, `from a import b` giving both `a` and `a.b`."""
    for node in module.imports:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        else:
            base = module.absolute(node)
            yield base
            for alias in node.names:
                yield f"{base}.{alias.name}" if base else alias.name
