"""SF54 to SF58: requirements, drivers and .gitignore."""

import ast
import os
import re
import sys

PROVIDED = {"requests", "fivetran-connector-sdk"}
# Comes with what is provided.
PRESENT = {"requests", "fivetran_connector_sdk", "urllib3", "certifi", "idna", "charset_normalizer", "grpc", "google"}
PACKAGES = {
    "bs4": "beautifulsoup4", "yaml": "pyyaml", "dateutil": "python-dateutil", "psycopg2": "psycopg2-binary", "jwt": "pyjwt",
    "dotenv": "python-dotenv", "PIL": "pillow", "Crypto": "pycryptodome", "OpenSSL": "pyopenssl", "sklearn": "scikit-learn",
    "cv2": "opencv-python", "MySQLdb": "mysqlclient", "mysql": "mysql-connector-python", "nacl": "pynacl", "attr": "attrs",
    "github": "pygithub", "hdbcli": "hdbcli", "serial": "pyserial", "ibm_db_dbi": "ibm-db", "websocket": "websocket-client",
    "snowflake": "snowflake-connector-python", "influxdb_client_3": "influxdb3-python", "rethinkdb": "rethinkdb",
}  # fmt: skip
# Modules that come as part of another package's own requirements.
IMPLIED = {"botocore": "boto3", "s3transfer": "boto3", "numpy": "pandas", "bson": "pymongo", "gridfs": "pymongo", "jwt": "msal"}
# Packages that are imported under their own name, so that "not imported" means "not used".
PLAIN = {
    "pandas",
    "numpy",
    "boto3",
    "tenacity",
    "backoff",
    "beautifulsoup4",
    "python-dateutil",
    "pytz",
    "xmltodict",
    "httpx",
    "aiohttp",
    "pyyaml",
}


def declared(model):
    """`[(package, file, line, pinned)]` of requirements.txt and pyproject.toml, names normalised."""
    found = []
    text = model.project.read_text("requirements.txt") or ""
    for number, line in enumerate(text.splitlines(), 1):
        entry = _requirement(line)
        if entry:
            found.append((entry[0], "requirements.txt", number, entry[1]))
    text = model.project.read_text("pyproject.toml") or ""
    block = re.search(r"^dependencies\s*=\s*\[((?:[^\[\]]|\[[^\]]*\])*)\]", text, re.M)
    for match in re.finditer(r"[\"']([^\"'\n]+)[\"']", block.group(1)) if block else ():
        entry = _requirement(match.group(1))
        if entry:
            line = text.count("\n", 0, block.start(1) + match.start()) + 1
            found.append((entry[0], "pyproject.toml", line, entry[1]))
    return found


def _requirement(line):
    line = line.split("#")[0].strip() if not line.strip().startswith(("git+", "http")) else line.strip()
    found = re.match(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$", line)
    if not line or line.startswith("-") or not found:
        return None
    pinned = bool(re.search(r"={2,3}\s*[^*\s]+\s*(;|$)|@", found.group(3)))
    return _normal(found.group(1)), pinned


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(model, report):
    """SF54, SF55"""
    for package, file, line, pinned in model.once(declared):
        if package in PROVIDED:
            report.add("SF54", (file, line), f"{package} is listed.")
        elif not pinned:
            report.add("SF55", (file, line), f"{package} is not pinned with ==.")


def imports_agree(model, report):
    """SF56"""
    entries = model.once(declared)
    files = {file for _, file, _, _ in entries}
    if len(files) == 2:
        report.add("SF56", ("requirements.txt", 0), "Dependencies stand in requirements.txt and in pyproject.toml; the latter wins.")
    packages = {package for package, _, _, _ in entries}
    imported = set()
    for module in model.project.modules.values():
        for node in module.imports:
            for name in _external_names(model, module, node):
                imported.add(name)
                root = name.split(".")[0]
                if root in PRESENT or root in sys.stdlib_module_names or _is_declared(name, packages) or _is_optional(node):
                    continue
                report.add("SF56", (module, node), f"{root} is imported and not declared.")
    for package, file, line, _pinned in entries:
        modules = [m for m, p in PACKAGES.items() if p == package] or [package.replace("-", "_")]
        used = any(name.split(".")[0] in modules for name in imported)
        if package in PLAIN and not used and not _needs_it(package, packages):
            report.add("SF56", (file, line), f"{package} is declared and never imported.")


def _external_names(model, module, node):
    """Dotted names imported from outside the project."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module else []
    else:
        return
    for name in names:
        root = name.split(".")[0]
        local = root in model.project.all_modules or any(m.startswith(f"{root}.") for m in model.project.all_modules)
        sibling = f"{module.path.rpartition('/')[0]}/{root}.py".lstrip("/")
        if not local and sibling not in model.project.names and f"{root}.py" not in model.project.names:
            yield name


def _is_declared(name, packages):
    parts = name.split(".")
    if _normal(PACKAGES.get(parts[0], parts[0])) in packages or IMPLIED.get(parts[0]) in packages:
        return True
    root = _normal(parts[0])
    # Distributions that carry the module's name inside their own: psycopg2-binary, google-cloud-storage, azure-identity.
    return any(p.startswith(f"{root}-") or p.endswith(f"-{root}") or p.replace("py", "", 1) == root or p == f"py{root}" for p in packages)


def _is_optional(node):
    """Imports inside `try: … except ImportError` and under TYPE_CHECKING do without the package."""
    parent = getattr(node, "parent", None)
    while parent is not None:
        if isinstance(parent, ast.Try) and any(
            "Import" in ast.unparse(h.type) or "Module" in ast.unparse(h.type) for h in parent.handlers if h.type
        ):
            return True
        if isinstance(parent, ast.If) and "TYPE_CHECKING" in ast.unparse(parent.test):
            return True
        parent = getattr(parent, "parent", None)
    return False


def _needs_it(package, packages):
    """Packages other libraries load by themselves."""
    return package in ("numpy", "pytz", "python-dateutil") and "pandas" in packages


def drivers(model, report):
    """SF57"""
    folder = os.path.join(model.project.root, "drivers")
    if os.path.isdir(folder) and not os.path.isfile(os.path.join(folder, "installation.sh")):
        report.add("SF57", ("drivers", 0), "drivers/ has no installation.sh.")


def ignored(model, report):
    """SF58: only where the connector's folder has a .gitignore of its own or is a repository's root."""
    path = os.path.join(model.project.root, ".gitignore")
    if not os.path.isfile(path):
        if os.path.isdir(os.path.join(model.project.root, ".git")):
            report.add("SF58", (".gitignore", 0), "There is no .gitignore.")
        return
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line.strip().lstrip("/").rstrip("/") for line in file]
    except OSError:
        return
    missing = [name for name in ("configuration.json", "files") if not any(_covers(line, name) for line in lines)]
    if missing:
        report.add("SF58", (".gitignore", 0), f".gitignore does not cover {' and '.join(missing)}.")


def _covers(line, name):
    return line in (name, f"**/{name}", f"{name}/*", f"{name}/**", "*.json" if name.endswith(".json") else "") or line == f"./{name}"


CHECKS = (requirements, imports_agree, drivers, ignored)
