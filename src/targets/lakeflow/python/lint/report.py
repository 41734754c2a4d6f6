"""Collects findings; the words for why and how to mend come from the rule table."""

import sys

from rules import RULES

# Where a rule fires very often, the first few lines tell the story.
MOST_PER_RULE = 20


class Report:
    """Findings so far, one per file, line and rule."""

    def __init__(self):
        self._found = {}
        self._counts = {}

    def add(self, rule, where, message, severity=None):
        """`where` is `(file, line)` or `(module, ast node)`; `severity` overrides the table's where a case is milder."""
        place, line = where
        file = place if isinstance(place, str) else place.path
        number = line if isinstance(line, int) else getattr(line, "lineno", 0)
        key = (file, number, rule)
        if key in self._found:
            return
        self._counts[rule] = self._counts.get(rule, 0) + 1
        if self._counts[rule] > MOST_PER_RULE:
            return
        entry = RULES[rule]
        self._found[key] = {
            "file": file,
            "line": number,
            "rule": rule,
            "severity": severity or entry.severity,
            "message": message,
            "why": entry.why,
            "mend": entry.mend,
        }

    def guard(self, check, model):
        """Runs a check. Code nested too deeply to walk is no verdict; anything else is our bug and is said so."""
        try:
            check(model, self)
        except RecursionError:
            return
        except Exception as error:  # noqa: BLE001 - one broken rule must not hide the others' findings
            frame = sys.exc_info()[2]
            while frame.tb_next:
                frame = frame.tb_next
            place = f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"
            self.add("LF00", (check.__name__, 0), f"{type(error).__name__} in {place}: {error}")

    def sorted(self):
        return sorted(self._found.values(), key=lambda found: (found["file"], found["line"], found["rule"]))
