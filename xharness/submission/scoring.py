"""Score a submission: the official evaluator's output in its own layout, and a report of what it does not show.

Source: google-research/xtreme, evaluate.py, evaluate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, XHarnessError
from xharness.metrics.base import mean
from xharness.metrics.bootstrap import intervals
from xharness.specs.metrics import Metric
from xharness.specs.suites import Suite
from xharness.specs.tasks import Task
from xharness.submission.averages import block, mean_of, official_averages, overall, unread
from xharness.submission.forms import file_name, read

Scores = dict[str, Any]


def score_submission(
    suite: Suite, tasks: Mapping[str, Task], metrics: Mapping[str, Metric], predictions: Path, labels: Path
) -> tuple[Scores, Scores]:
    """Score every task of a suite and return (official, report); values are unrounded percentages.

    `official` has the layout, keys and averages of the official evaluator, plus a block for each task that it does not
    score. Where the official evaluator stops at a missing or invalid file, the other languages and tasks are still
    scored, and incomplete averages are omitted. `report` contains the averages of the suite, what is missing and why,
    confidence intervals, signatures and remarks. `tasks` and `metrics` are keyed by name; a task is scored with its
    first metric. Raises BadRequest if a folder does not exist or contains no task of the suite.
    """
    _check(suite, predictions, labels)
    scored = {}
    for name, languages in suite.tasks.items():
        task = tasks[name]
        metric = metrics[task.metric_names[0]]
        official = bool(suite.official_groups) and name not in unread(suite)
        scored[name] = _task(task, metric, languages or task.languages, predictions / name, labels / name, official)
    averages = {"all_task": overall(suite, scored)}
    averages |= {group: mean_of(names, scored) for group, names in suite.groups.items()}
    report = {
        "suite": suite.name,
        "complete": averages["all_task"]["complete"],
        "averages": averages,
        "official_averages": official_averages(suite, scored),
        "tasks": scored,
        "not_in_suite": {
            side: [name for name in _folders(folder) if name not in suite.tasks]
            for side, folder in (("predictions", predictions), ("labels", labels))
        },
    }
    scores = {name: average["value"] for name, average in report["official_averages"].items() if average["complete"]}
    return scores | {name: part for name, task in scored.items() if (part := block(task))}, report


def _check(suite: Suite, predictions: Path, labels: Path) -> None:
    for side, folder in (("predictions", predictions), ("labels", labels)):
        if not folder.is_dir():
            raise BadRequest(f"--{side} '{folder}': no such folder")
        if not set(_folders(folder)) & set(suite.tasks):
            names = ", ".join(suite.tasks)
            raise BadRequest(f"--{side} '{folder}': no sub-folder is named after a task of '{suite.name}': {names}")


def _folders(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))


def _task(
    task: Task, metric: Metric, languages: Sequence[str], predictions: Path, labels: Path, official: bool
) -> Scores:
    absent = [side for side, path in (("predictions", predictions), ("labels", labels)) if not path.is_dir()]
    cells = {} if absent else {code: _cell(task, metric, code, predictions, labels, official) for code in languages}
    missing = [code for code in languages if code not in cells or cells[code]["status"] != "ok"]
    averages = {} if missing else _averages(cells)
    complete = not missing and all(name in averages for name in task.headline_names)
    return {
        "metric": metric.name,
        "signature": metric.signature,
        "value": mean(averages[name] for name in task.headline_names) if complete else None,
        "complete": complete,
        "missing": missing,
        "reason": f"no folder '{task.name}' in the {' and the '.join(absent)}" if absent else None,
        "averages": averages,
        "languages": cells,
        "unread": [] if absent else _not_read(task, languages, predictions, labels),
    }


def _cell(task: Task, metric: Metric, language: str, predictions: Path, labels: Path, official: bool) -> Scores:
    name = file_name(task, language)
    absent = [side for side, path in (("predictions", predictions), ("labels", labels)) if not (path / name).is_file()]
    if absent:
        return _unscored("missing", f"no file {name} in the {' and the '.join(absent)}")
    try:
        content = read(task, predictions / name, labels / name, official=official)
        scored = metric.compute(content.predictions, content.gold, language)
    except XHarnessError as error:
        return _unscored("failed", str(error))
    except Exception as error:  # noqa: BLE001 - a metric may raise any error; the other cells continue
        return _unscored("failed", f"metric '{metric.name}' failed: {error!r}")
    if not scored.values:
        return _unscored("failed", f"metric '{metric.name}' returned no value")
    n = scored.n if content.n is None else content.n
    bounds = intervals(scored.stats, scored.combine) if scored.stats is not None and scored.combine else {}
    values = {
        key: {"value": value, "ci95": list(bounds[key]) if key in bounds else None}
        for key, value in scored.values.items()
    }
    expected = task.sizes.get(language, n)
    size = {"size": {"n": n, "official": expected}} if n != expected else {}
    notes = {**size, **content.notes, **(scored.notes or {})}
    return {"status": "ok", "reason": None, "n": n, "metrics": values, "notes": notes}


def _unscored(status: str, reason: str) -> Scores:
    return {"status": status, "reason": reason, "n": None, "metrics": {}, "notes": {}}


def _not_read(task: Task, languages: Iterable[str], predictions: Path, labels: Path) -> list[str]:
    read_ = {file_name(task, language) for language in languages}
    files = (child for folder in (predictions, labels) for child in sorted(folder.iterdir()))
    return [str(path) for path in files if path.name not in read_ and not path.name.startswith(".")]


def _averages(cells: Mapping[str, Scores]) -> dict[str, float]:
    keys = next(iter(cells.values()))["metrics"]
    return {
        key: mean(cell["metrics"][key]["value"] for cell in cells.values())
        for key in keys
        if all(key in cell["metrics"] for cell in cells.values())
    }
