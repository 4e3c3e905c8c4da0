"""The averages over languages and tasks: the suite's own, and those of the official evaluator.

Source: google-research/xtreme, evaluate.py, evaluate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xharness.errors import DataError
from xharness.metrics.base import mean
from xharness.specs.suites import Suite

Scores = dict[str, Any]


def mean_of(names: Iterable[str], tasks: Mapping[str, Scores]) -> Scores:
    """Return the mean over tasks as {value, complete, missing}: no value where one has none."""
    missing = [name for name in names if not tasks[name]["complete"]]
    value = None if missing else mean(tasks[name]["value"] for name in names)
    return {"value": value, "complete": not missing, "missing": missing}


def block(task: Scores) -> Scores:
    """Return the official block of a task, without averages where a language lacks; empty where all do."""
    found: Scores = {}
    for code, cell in task["languages"].items():
        for key, scored in cell["metrics"].items():
            found.setdefault(key, {})[code] = scored["value"]
    found |= {f"avg_{key}": value for key, value in task["averages"].items()}
    return found | ({"avg_metric": task["value"]} if task["complete"] else {})


def unread(suite: Suite) -> list[str]:
    """Return the tasks that the official evaluator has no language for: those that stand in none of its groups."""
    known = {name for names in suite.official_groups.values() for name in names}
    return [name for name in suite.tasks if name not in known] if known else []


def official_averages(suite: Suite, tasks: Mapping[str, Scores]) -> dict[str, Scores]:
    """Return the averages that the official evaluator prints; it has no overall score where it cannot read a task."""
    overall = {} if unread(suite) else {"all_task": mean_of(suite.tasks, tasks)}
    groups = suite.official_groups or suite.groups
    return overall | {group: mean_of(names, tasks) for group, names in groups.items()}


def strict(suite: Suite, scores: Scores, report: Scores) -> tuple[Scores, Scores]:
    """Return what the official evaluator gives of a scored submission, and the report on that alone.

    Tasks without a folder on either side are left out, those that it has no language for have an empty block.
    DataError where it stops: at the first file that is missing or cannot be scored, and where it has every task and
    one of them no language.
    """
    tasks = {name: task for name, task in report["tasks"].items() if task["reason"] is None}
    empty = [name for name in unread(suite) if name in tasks]
    read = {name: task for name, task in tasks.items() if name not in empty}
    for name, task in read.items():
        for code, cell in task["languages"].items():
            if cell["reason"]:
                raise _stopped(f"{name} {code}: {cell['reason']}")
        if not task["complete"]:
            raise _stopped(f"{name}: no average")
    if empty and len(tasks) == len(suite.tasks):
        raise _stopped(f"{empty[0]}: no language, so that the overall score cannot be computed")
    averages = {name: average for name, average in report["official_averages"].items() if average["complete"]}
    values = {name: average["value"] for name, average in averages.items()}
    blocks = {name: {} if name in empty else scores[name] for name in tasks}
    return values | blocks, {**report, "averages": averages, "official_averages": averages, "tasks": read}


def _stopped(problem: str) -> DataError:
    return DataError(f"{problem}; the official evaluator stops here, without --strict the rest is scored")
