"""results.json: one record per cell, provenance once, and averages, which have a value only if complete."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, DataError
from xharness.json_schema import check, parsed
from xharness.metrics.base import mean
from xharness.metrics.transfer import means_by
from xharness.run.records.cell_record import Record, value
from xharness.run.records.transfer_gap import transfer_gap
from xharness.specs import schema_1_0
from xharness.specs.caveats import by_language
from xharness.specs.places import Place
from xharness.specs.suites import Suite
from xharness.specs.tasks import Task

SCHEMA_VERSION = "1.1"
RESULTS = "results.json"
_SCHEMA = Path(__file__).parents[1] / "results.schema.json"
Cells = dict[tuple[str, int], Record]
FILTERS = ("languages", "families", "scripts", "seen")


def assemble(
    run: Mapping[str, Any],
    records: Sequence[Record],
    suite: Suite | None,
    targets: Sequence[tuple[Task, tuple[str, ...]]],
    seeds: Sequence[int],
    errors: Collection[str] = (),
) -> dict[str, Any]:
    """Return the content of results.json.

    `targets` holds each task with all languages of its average, requested or not. The value of a task is the mean of
    its headline metrics, each averaged over languages and seeds; that of a suite is the mean over its tasks. `errors`
    are the metrics for which lower is better. If the request selects languages, `subset` holds the values over that
    selection. Raises DataError if two records have a score for the same place.
    """
    _check_unique(records)
    tasks = {task.name: _task(task, languages, seeds, records, errors) for task, languages in targets}
    suites = {suite.name: _suite(suite, tasks)} if suite else {}
    content = {
        "schema_version": SCHEMA_VERSION,
        "run": dict(run),
        "cells": list(records),
        "tasks": tasks,
        "suites": suites,
    }
    chosen = {name: run["request"][name] for name in FILTERS if run["request"].get(name) not in (None, [], ())}
    return content | ({"subset": _subset(chosen, targets, seeds, records)} if chosen else {})


def _task(
    task: Task, languages: Sequence[str], seeds: Sequence[int], records: Iterable[Record], errors: Collection[str]
) -> dict[str, Any]:
    ok = _ok(task, records)
    averages = _averages(ok, languages, seeds)
    value = _headline(task, averages)
    headlines = {code: _averages(ok, [code], seeds, task.headline_names) for code in languages}
    scores = {code: metrics for code, metrics in headlines.items() if metrics}
    means = {code: mean(metrics.values()) for code, metrics in scores.items()}
    return {
        "metric": "+".join(task.headline_names),
        "higher_is_better": task.metric_names[0] not in errors,
        "value": value,
        "complete": value is not None,
        "missing": [code for code in languages if any((code, seed) not in ok for seed in seeds)],
        "averages": averages,
        "transfer_gap": transfer_gap(task, languages, scores),
        "by_family": means_by("family", languages, means),
        "by_script": means_by("script", languages, means),
        "caveats": by_language(ok.values()),
    }


def _ok(task: Task, records: Iterable[Record]) -> Cells:
    """Return the records of a task with a score on clean inputs; official averages are over these only."""
    own = [entry for entry in records if entry["task"] == task.name and entry["status"] == "ok" and not entry["noise"]]
    return {(entry["language"], entry["seed"]): entry for entry in own}


def _check_unique(records: Iterable[Record]) -> None:
    """Raise DataError if two records have a score for the same place, so that averages would be ambiguous."""
    seen: set[Place] = set()
    for entry in records:
        place = Place.of(entry)
        if entry["status"] == "ok" and place in seen:
            raise DataError(
                f"results contain two scores for {place}; a run has one score per task, language, noise and seed"
            )
        if entry["status"] == "ok":
            seen.add(place)


def _averages(
    ok: Cells, languages: Sequence[str], seeds: Sequence[int], names: Sequence[str] | None = None
) -> dict[str, float]:
    """Return metrics, each averaged over languages and seeds; empty if a cell is missing or lacks one of `names`."""
    cells = [[ok[code, seed] for code in languages if (code, seed) in ok] for seed in seeds]
    if any(len(row) < len(languages) for row in cells):
        return {}
    averages = {}
    for name in names or cells[0][0]["metrics"]:
        numbers = [[number for entry in row if (number := value(entry, name)) is not None] for row in cells]
        if all(len(row) == len(languages) for row in numbers):
            averages[name] = mean([mean(row) for row in numbers])
        elif names:
            return {}
    return averages


def _headline(task: Task, averages: Mapping[str, float]) -> float | None:
    if any(name not in averages for name in task.headline_names):
        return None
    return mean([averages[name] for name in task.headline_names])


def _subset(
    chosen: Mapping[str, Any],
    targets: Sequence[tuple[Task, tuple[str, ...]]],
    seeds: Sequence[int],
    records: Sequence[Record],
) -> dict[str, Any]:
    """Return the scores over the selected languages, with the selection; they are not official averages."""
    values = {}
    for task, _ in targets:
        languages = list(dict.fromkeys(entry["language"] for entry in records if entry["task"] == task.name))
        if languages:
            values[task.name] = _headline(task, _averages(_ok(task, records), languages, seeds))
    numbers = [number for number in values.values() if number is not None]
    complete = bool(numbers) and len(numbers) == len(values)
    return {
        "filter": dict(chosen),
        "languages": sorted({entry["language"] for entry in records}),
        "tasks": values,
        "value": mean(numbers) if complete else None,
        "complete": complete,
        "missing": [name for name, number in values.items() if number is None],
    }


def _suite(suite: Suite, tasks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    missing = [name for name in suite.tasks if not tasks.get(name, {}).get("complete")]
    groups: dict[str, dict[str, Any]] = {}
    for group, names in suite.groups.items():
        without = [name for name in names if name in missing]
        groups[group] = {
            "value": None if without else mean([tasks[name]["value"] for name in names]),
            "complete": not without,
            "missing": without,
        }
    grouped = sorted(name for names in suite.groups.values() for name in names)
    categories = not missing and grouped == sorted(suite.tasks)
    return {
        "value": None if missing else suite.average({name: tasks[name]["value"] for name in suite.tasks}),
        "category_mean": mean([group["value"] for group in groups.values()]) if categories else None,
        "complete": not missing,
        "missing": missing,
        "groups": groups,
    }


def read(folder: str | Path) -> tuple[Path, dict[str, Any]]:
    """Return the folder of a run and the content of its results.json, converted to schema 1.1 if it is older.

    BadRequest if `folder` is not the folder of a run, or with file and key if the content does not conform to the JSON
    Schema of its version.
    """
    path = Path(folder).expanduser()
    file = path / RESULTS if path.is_dir() else path
    if not file.is_file() and (path / "rows").is_dir():
        raise BadRequest(
            f"run '{folder}' is an experiment; give the folder of one of its runs: {path / 'rows' / 'NAME'}"
        )
    if not file.is_file():
        raise BadRequest(f"run '{folder}': there is no {RESULTS}; give a folder written by `xharness run` (--out)")
    try:
        content = parsed(file.read_text(encoding="utf-8"))
        version = _version(content)
    except OSError as error:
        raise BadRequest(f"{file} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise BadRequest(f"{file} is not a results file: {error}; run again with the same --out") from error
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise BadRequest(
            f"run '{folder}': schema version {version}; this xharness reads {SCHEMA_VERSION}; update xharness"
        )
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    try:
        check(content, schema_1_0.form(schema) if version == schema_1_0.VERSION else schema)
    except ValueError as error:
        raise BadRequest(
            f"{file} is not a results file of schema {version}: {error}; run again with the same --out"
        ) from error
    return file.parent, schema_1_0.upgraded(content)


def _version(content: Any) -> str:
    version = content.get("schema_version") if isinstance(content, dict) else None
    if not isinstance(version, str):
        raise ValueError("it has no schema_version")
    return version
