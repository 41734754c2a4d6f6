"""Tests of the connector; `python -m unittest` in the directory above runs them all.

The platform's own package is not to be had apart from the platform. Where it is not installed,
the two classes that a connector derives from are stood in for.
"""

import sys
from importlib import import_module
from types import ModuleType

PACKAGE = "databricks.labs.community_connector"


class LakeflowConnect:
    """What a connector derives from."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options


class LakeflowSource:
    """What the data source of a connector derives from."""


for place, base in {"interface": LakeflowConnect, "sparkpds": LakeflowSource}.items():
    name = f"{PACKAGE}.{place}"
    try:
        import_module(name)
    except ModuleNotFoundError:
        sys.modules[name] = ModuleType(name)
        setattr(sys.modules[name], base.__name__, base)
