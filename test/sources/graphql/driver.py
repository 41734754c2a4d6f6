"""Runs one reading of a generated client part and prints what came of it, as JSON."""

import json
import sys
from decimal import Decimal

request = json.loads(sys.argv[1])
sys.path.insert(0, request["directory"])

import api  # noqa: E402
import reading  # noqa: E402

api.time.sleep = lambda seconds: None


def plain(value):
    return str(value) if isinstance(value, Decimal) else repr(value)


pages, states, error = [], [], None
table = next(one for one in reading.TABLES if one.name == request["table"])
try:
    api.validate_configuration(request["configuration"])
    with api.Client(request["configuration"]) as client:
        if request["saved"] is None:
            for page in reading.read_whole(client, table):
                pages.append(page)
        else:
            for page, saved in reading.read_changes(client, table, request["saved"]):
                pages.append(page)
                states.append(saved)
except (api.ApiError, ValueError) as caught:
    error = str(caught)
print(json.dumps({"pages": pages, "states": states, "error": error}, default=plain))
