"""Averages over languages and tasks: those of the suite, and those of the official evaluator.

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
    """Return the mean over tasks as {value, complete, missing}; the value is None if a task has none."""
    missing = [name for name in names if not tasks[name]["complete"]]
    value = None if missing else mean(tasks[name]["value"] for name in names)
    return {"value": value, "complete": not missing, "missing": missing}


def overall(suite: Suite, tasks: Mapping[str, Scores]) -> Scores:
    """Return the value of a suite in the form of `mean_of`."""
    scores = mean_of(suite.tasks, tasks)
    value = suite.average({name: tasks[name]["value"] for name in suite.tasks}) if scores["complete"] else None
    return scores | {"value": value}


def block(task: Scores) -> Scores:
    """Return the official block of a task; without averages if languages are missing, empty if all are."""
    scores: Scores = {}
    for code, cell in task["languages"].items():
        for key, scored in cell["metrics"].items():
            scores.setdefault(key, {})[code] = scored["value"]
    scores |= {f"avg_{key}": value for key, value in task["averages"].items()}
    return scores | ({"avg_metric": task["value"]} if task["complete"] else {})


def unread(suite: Suite) -> list[str]:
    """Return the tasks that the official evaluator does not score: those in none of its groups."""
    known = {name for names in suite.official_groups.values() for name in names}
    return [name for name in suite.tasks if name not in known] if known else []


def official_averages(suite: Suite, tasks: Mapping[str, Scores]) -> dict[str, Scores]:
    """Return the averages of the official evaluator; no overall score if it does not score one of the tasks."""
    all_tasks = {} if unread(suite) else {"all_task": overall(suite, tasks)}
    groups = suite.official_groups or suite.groups
    return all_tasks | {group: mean_of(names, tasks) for group, names in groups.items()}


def strict(suite: Suite, scores: Scores, report: Scores) -> tuple[Scores, Scores]:
    """Return the output of the official evaluator for a scored submission, and the report restricted to it.

    Tasks without a folder in predictions or labels are omitted; tasks that it does not score have an empty block.
    Raises DataError if the official evaluator stops: at the first file that is missing or cannot be scored, and if
    the submission has all tasks, one of which it does not score.
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
        raise _stopped(f"{empty[0]}: no scored language, so that the overall score cannot be computed")
    averages = {name: average for name, average in report["official_averages"].items() if average["complete"]}
    values = {name: average["value"] for name, average in averages.items()}
    blocks = {name: {} if name in empty else scores[name] for name in tasks}
    return values | blocks, {**report, "averages": averages, "official_averages": averages, "tasks": read}


def _stopped(problem: str) -> DataError:
    return DataError(f"{problem}; the official evaluator stops here; omit --strict to score the rest")
