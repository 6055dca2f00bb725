"""Figures of a server, as the kit writes them: added up over several plays, and kept in a file each."""

import json
import os

VERDICTS = ["ok", "told", "fault", "LATE", "LOST"]


def load(path):
    return json.loads(path.read_text()) if path.exists() else None


def save(path, figures):
    """As a whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(figures) + "\n")
    os.replace(part, path)


def _scenario(one, other):
    worse = max(one, other, key=lambda each: VERDICTS.index(each["verdict"]))
    return {
        "name": one["name"],
        "verdict": worse["verdict"],
        "runs_with_losses": one["runs_with_losses"] + other["runs_with_losses"],
        "worst_run": worse["worst_run"],
        "sum": {key: one["sum"][key] + other["sum"][key] for key in one["sum"]},
        "runs": one["runs"] + other["runs"],
    }


def _play(figures, first):
    """Numbers its runs from `first`."""
    for scenario in figures["scenarios"]:
        scenario["worst_run"] += first - 1
        for run in scenario["runs"]:
            run["run"] += first - 1
    return figures


def added(before, more):
    """Both plays as one. A scenario of one of them alone would be a figure of fewer runs: that is refused."""
    if before is None:
        return {**more, "seeds": [more["seed"]]}
    more = _play(more, before["runs"] + 1)
    known = {each["name"]: each for each in more["scenarios"]}
    if [each["name"] for each in before["scenarios"]] != list(known):
        raise ValueError("other scenarios than before: measure anew (--again)")
    return {
        **before,
        "runs": before["runs"] + more["runs"],
        "seeds": before["seeds"] + [more["seed"]],
        "passed": before["passed"] and more["passed"],
        "scenarios": [_scenario(each, known[each["name"]]) for each in before["scenarios"]],
    }
