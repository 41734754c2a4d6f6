"""Static rules for Fivetran connectors: `python -I lint DIRECTORY` prints JSON, `python -I lint --rules` the table.

Reads files and never imports or runs them. Standard library only. The answer is one object:
`{"findings": [{file, line, rule, severity, message, why, mend}], "files": [Python files that parse], "reached": [those that
connector.py imports]}`.
"""

import gc
import json
import sys

import rules_configuration
import rules_dependencies
import rules_entry
import rules_errors
import rules_http
import rules_logging
import rules_memory
import rules_rows
import rules_schema
import rules_secrets
import rules_state
import rules_state_order
import rules_structure
from model import Model
from project import Project
from report import Report
from rules import RULES

GROUPS = (
    rules_structure,
    rules_entry,
    rules_schema,
    rules_rows,
    rules_state,
    rules_state_order,
    rules_http,
    rules_memory,
    rules_errors,
    rules_secrets,
    rules_logging,
    rules_configuration,
    rules_dependencies,
)


def lint(directory: str) -> dict:
    """All findings for one connector directory, sorted by file and line."""
    report = Report()
    project = Project(directory, report)
    model = Model(project)
    for group in GROUPS:
        for check in group.CHECKS:
            report.guard(check, model)
    return {
        "findings": report.sorted(),
        "files": [module.path for module in project.files],
        "reached": [module.path for module in project.modules.values()],
    }


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: lint DIRECTORY | --rules", file=sys.stderr)
        return 2
    # The trees live to the end of this short process: looking for garbage among them is a third of its time.
    gc.disable()
    # Chains such as a long sum are nested as deeply as they are long.
    sys.setrecursionlimit(5000)
    if sys.argv[1] == "--rules":
        answer = [{"rule": name, **rule._asdict()} for name, rule in RULES.items()]
    else:
        answer = lint(sys.argv[1])
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
