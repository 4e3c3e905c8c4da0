"""results.json: one record a cell, provenance once, and averages that exist only when they are complete."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest
from xharness.run.cells import Record, value
from xharness.specs.suites import Suite
from xharness.specs.tasks import Task

SCHEMA_VERSION = "1.0"
RESULTS = "results.json"


def assemble(
    run: Mapping[str, Any],
    records: Sequence[Record],
    suite: Suite | None,
    targets: Sequence[tuple[Task, tuple[str, ...]]],
    seeds: Sequence[int],
) -> dict[str, Any]:
    """Return the content of results.json.

    `targets` holds each task with all the languages that count for it, asked for or not. A task's value is the mean
    of its headline metrics, each averaged over languages and seeds; a suite's the mean over its tasks.
    """
    tasks = {task.name: _task(task, languages, seeds, records) for task, languages in targets}
    suites = {suite.name: _suite(suite, tasks)} if suite else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "run": dict(run),
        "cells": list(records),
        "tasks": tasks,
        "suites": suites,
    }


def _task(task: Task, languages: Sequence[str], seeds: Sequence[int], records: Iterable[Record]) -> dict[str, Any]:
    own = {(entry["language"], entry["seed"]): entry for entry in records if entry["task"] == task.name}
    ok = {place: entry for place, entry in own.items() if entry["status"] == "ok"}
    missing = [code for code in languages if any((code, seed) not in ok for seed in seeds)]
    averages: dict[str, float] = {}
    if not missing:
        for name in next(iter(ok.values()))["metrics"]:
            found = [[value(ok[code, seed], name) for code in languages] for seed in seeds]
            if all(number is not None for row in found for number in row):
                averages[name] = _mean([_mean(row) for row in found])  # type: ignore[arg-type]  # None is ruled out
    complete = all(name in averages for name in task.headline_names)
    return {
        "metric": "+".join(task.headline_names),
        "value": _mean([averages[name] for name in task.headline_names]) if complete else None,
        "complete": complete,
        "missing": missing,
        "averages": averages,
        "caveats": _caveats(ok.values()),
    }


def _caveats(records: Iterable[Record]) -> list[str]:
    where: dict[str, list[str]] = {}
    for entry in records:
        for text in entry["caveats"]:
            where.setdefault(text, []).append(entry["language"])
    return [f"{text} ({', '.join(dict.fromkeys(codes))})" for text, codes in where.items()]


def _suite(suite: Suite, tasks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    missing = [name for name in suite.tasks if not tasks.get(name, {}).get("complete")]
    groups = {}
    for group, names in suite.groups.items():
        lacking = [name for name in names if name in missing]
        groups[group] = {
            "value": None if lacking else _mean([tasks[name]["value"] for name in names]),
            "complete": not lacking,
            "missing": lacking,
        }
    return {
        "value": None if missing else _mean([tasks[name]["value"] for name in suite.tasks]),
        "complete": not missing,
        "missing": missing,
        "groups": groups,
    }


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def read(folder: str | Path) -> tuple[Path, dict[str, Any]]:
    """Return the folder of a run and the content of its results.json; BadRequest where it is none."""
    path = Path(folder).expanduser()
    file = path / RESULTS if path.is_dir() else path
    if not file.is_file():
        raise BadRequest(f"run '{folder}': there is no {RESULTS}; give the folder that `xharness run` wrote (--out)")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        version = content["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest(f"run '{folder}': {file.name} is not a results file: {error!r}") from error
    if str(version).partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise BadRequest(f"run '{folder}': schema version {version}; this xharness reads {SCHEMA_VERSION}")
    return file.parent, content
