"""The content of experiment.json: a row's scores, its gains over the baseline, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.experiment.files import Experiment
from xharness.experiment.layer_sweep import sweep_of
from xharness.experiment.running import Part
from xharness.experiment.scores import Gain, Record, Scores, average, gain, listed
from xharness.experiment.tables import markdown
from xharness.metrics.base import mean
from xharness.run.records.cell_record import finished
from xharness.store.writing import guarded, write_json, write_text

SCHEMA_VERSION = "1.1"
EXPERIMENT, TABLE = "experiment.json", "table.md"
Ran = Sequence[tuple[Part, Scores | None]]


def assemble(experiment: Experiment, ran: Ran) -> dict[str, Any]:
    """Return what an experiment found, of its parts in their order and their results."""
    rows = [(part, scores) for part, scores in ran if part.task is None]
    base = next(scores for part, scores in rows if part.row.name == experiment.baseline)
    assert base is not None  # without its plan nothing was run
    targets = _targets([scores for _, scores in rows if scores])
    found = [_row(part, scores, None if scores is base else base, targets) for part, scores in rows]
    return {
        "schema_version": SCHEMA_VERSION,
        "name": experiment.name,
        "baseline": experiment.baseline,
        "complete": all(row["status"] == "complete" for row in found),
        "targets": targets,
        "rows": found,
        "groups": _groups(found),
        "sweep": sweep_of(experiment, ran) if experiment.sweep else None,
        "caveats": _caveats({part.row.name: scores for part, scores in rows if scores}),
    }


def save(out: Path, content: Mapping[str, Any]) -> None:
    """Write experiment.json and table.md; StoreError where that fails."""
    with guarded(out):
        out.mkdir(parents=True, exist_ok=True)
    write_json(out / EXPERIMENT, content)
    write_text(out / TABLE, markdown(content))


def _targets(runs: Iterable[Scores]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        for task in run.cells:
            about = run.content["tasks"].get(task, {})
            found.setdefault(task, {"metric": about.get("metric"), "higher_is_better": about.get("higher_is_better")})
    return found


def _row(part: Part, scores: Scores | None, base: Scores | None, targets: Mapping[str, Any]) -> dict[str, Any]:
    request = part.row.request
    about: dict[str, Any] = {
        "name": part.row.name,
        "group": part.row.group,
        "model": request.model,
        "recipe": request.recipe,
        "params": dict(request.params),
        "seeds": list(request.seeds),
    }
    if scores is None:
        none: dict[str, Any] = {"folder": None, "targets": {}, "average": None, "decomposition": []}
        return {**about, "status": "refused", "reason": part.reason, **none}
    gains = {task: gain(scores, base, task) for task in targets} if base else {}
    cells = {task: _target(scores, task, gains.get(task)) for task in targets}
    lacking = [record for record in scores.content["cells"] if not finished(record)]
    return {
        **about,
        "status": "incomplete" if lacking else "complete",
        "reason": _why(lacking) if lacking else None,
        "folder": part.folder.as_posix(),
        "targets": cells,
        "average": _average(cells, gains, targets),
        "decomposition": decomposition(gains),
    }


def _why(lacking: Sequence[Record]) -> str:
    """Say why a row is not whole: the reason that most of its missing cells have."""
    reasons = [record["reason"] or "the run ended before" for record in lacking]
    return max(dict.fromkeys(reasons), key=reasons.count)


def _target(scores: Scores, task: str, found: Gain | None) -> dict[str, Any]:
    missing = scores.missing(task) if task in scores.cells else {}
    return {
        "value": scores.value(task),
        "cells": len(scores.cells.get(task, {})),
        "missing": listed(missing),
        "gain": None if found is None else found.content(),
    }


def _average(
    cells: Mapping[str, Mapping[str, Any]], gains: Mapping[str, Gain], targets: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the mean over targets: of none that lacks one, nor of scores of which some are better when low."""
    values = [cell["value"] for cell in cells.values() if cell["value"] is not None]
    alike = len({about["higher_is_better"] for about in targets.values()}) == 1
    whole = alike and len(values) == len(cells)
    return {
        "value": mean(values) if whole else None,
        "missing": [task for task, cell in cells.items() if cell["value"] is None],
        "gain": (average(list(gains.values())) if alike else Gain(None)).content() if gains else None,
    }


def decomposition(gains: Mapping[str, Gain]) -> list[dict[str, Any]]:
    """Return how many points of the average gain each target gives, the largest first, and how much per cent of it.

    There is no share of a gain whose interval holds none: it would be a part of chance.
    """
    whole = average(list(gains.values()))
    if whole.value is None:
        return []
    sure = whole.ci95 is not None and (whole.ci95[0] > 0 or whole.ci95[1] < 0)
    parts = {task: found.value / len(gains) for task, found in gains.items() if found.value is not None}
    return [
        {"target": task, "points": points, "percent": 100 * points / whole.value if sure else None}
        for task, points in sorted(parts.items(), key=lambda item: -item[1])
    ]


def _groups(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Count in each group of rows those that have an average, and name those that have none."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = found.setdefault(row["group"], {"rows": 0, "lacking": []})
        group["rows"] += 1
        if row["average"] is None or row["average"]["value"] is None:
            group["lacking"].append(row["name"])
    return found


def _caveats(runs: Mapping[str, Scores]) -> list[dict[str, Any]]:
    """Return what makes scores other than official, and the rows and targets of which it is said."""
    found: dict[str, dict[str, Any]] = {}
    for name, run in runs.items():
        for task, cells in run.cells.items():
            for each in (each for record in cells.values() for each in record["caveats"]):
                one = found.setdefault(json.dumps(each, sort_keys=True), {**each, "rows": [], "targets": []})
                one["rows"] += [name] if name not in one["rows"] else []
                one["targets"] += [task] if task not in one["targets"] else []
    return list(found.values())
