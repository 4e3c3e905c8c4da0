"""The content of experiment.json: the scores of each row, its gains over the baseline, and their decomposition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.experiment.caveats import notes
from xharness.experiment.files import Experiment
from xharness.experiment.layer_sweep import sweep_of
from xharness.experiment.noise_tables import noises_of
from xharness.experiment.readings import other_vectors
from xharness.experiment.report.answer import answer
from xharness.experiment.report.page import PLOT, page
from xharness.experiment.report.plot import plot
from xharness.experiment.running import ExperimentRun
from xharness.experiment.scores import Gain, Scores, average, gain, listed
from xharness.experiment.tables import markdown
from xharness.metrics.base import mean
from xharness.run.records.cell_record import Record, finished
from xharness.store.writing import guarded, remove_abandoned, write_json, write_text

SCHEMA_VERSION = "1.3"
EXPERIMENT, TABLE, PAGE = "experiment.json", "table.md", "report.md"
Ran = Sequence[tuple[ExperimentRun, Scores | None]]


def assemble(experiment: Experiment, ran: Ran) -> dict[str, Any]:
    """Return the content of experiment.json from the parts of an experiment, in order, with their results."""
    rows = [(part, scores) for part, scores in ran if part.task is None]
    base = next(scores for part, scores in rows if part.row.name == experiment.baseline)
    assert base is not None  # an experiment whose baseline cannot be planned is refused before
    targets = _targets([scores for _, scores in rows if scores])
    content = [_row(part, scores, None if scores is base else base, targets) for part, scores in rows]
    named = {part.row.name: scores for part, scores in rows}
    runs = {name: scores for name, scores in named.items() if scores}
    report = {"report": answer(named, experiment.baseline, experiment.report)} if experiment.report else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "name": experiment.name,
        "baseline": experiment.baseline,
        "complete": all(row["status"] == "complete" for row in content),
        "targets": targets,
        "rows": content,
        "groups": _groups(content),
        "sweep": sweep_of(experiment, ran) if experiment.sweep else None,
        "caveats": [*_caveats(runs), *other_vectors(runs, experiment.baseline)],
        **report,
    }


def save(out: Path, content: Mapping[str, Any]) -> None:
    """Write experiment.json and table.md, and if there is a report its page and plot; StoreError if that fails."""
    with guarded(out):
        out.mkdir(parents=True, exist_ok=True)
        remove_abandoned(out)
    write_json(out / EXPERIMENT, content)
    write_text(out / TABLE, markdown(content))
    if "report" in content:
        write_text(out / PAGE, page(content, notes(content)))
        write_text(out / PLOT, plot(content["report"]))


def _targets(runs: Iterable[Scores]) -> dict[str, dict[str, Any]]:
    targets: dict[str, dict[str, Any]] = {}
    for run in runs:
        for task in run.cells:
            about = run.content["tasks"].get(task, {})
            targets.setdefault(task, {"metric": about.get("metric"), "higher_is_better": about.get("higher_is_better")})
    return targets


def _row(part: ExperimentRun, scores: Scores | None, base: Scores | None, targets: Mapping[str, Any]) -> dict[str, Any]:
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
        **({"noises": noises} if (noises := noises_of(scores.content)) else {}),
    }


def _why(lacking: Sequence[Record]) -> str:
    """Return the most frequent reason of the missing cells of a row."""
    reasons = [record["reason"] or "the run ended before" for record in lacking]
    return max(dict.fromkeys(reasons), key=reasons.count)


def _target(scores: Scores, task: str, own: Gain | None) -> dict[str, Any]:
    missing = scores.missing(task) if task in scores.cells else {}
    return {
        "value": scores.value(task),
        "cells": len(scores.cells.get(task, {})),
        "missing": listed(missing),
        "gain": None if own is None else own.content(),
    }


def _average(
    cells: Mapping[str, Mapping[str, Any]], gains: Mapping[str, Gain], targets: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the mean over targets; None if one is missing or if only some scores are better when lower."""
    values = [cell["value"] for cell in cells.values() if cell["value"] is not None]
    alike = len({about["higher_is_better"] for about in targets.values()}) == 1
    whole = alike and len(values) == len(cells)
    return {
        "value": mean(values) if whole else None,
        "missing": [task for task, cell in cells.items() if cell["value"] is None],
        "gain": (average(list(gains.values())) if alike else Gain(None)).content() if gains else None,
    }


def decomposition(gains: Mapping[str, Gain]) -> list[dict[str, Any]]:
    """Return the contribution of each target to the average gain, in points and per cent, the largest first.

    If the interval of the average gain contains 0, there are no percentages, as they would be shares of noise.
    """
    whole = average(list(gains.values()))
    if whole.value is None:
        return []
    significant = whole.ci95 is not None and (whole.ci95[0] > 0 or whole.ci95[1] < 0)
    parts = {task: own.value / len(gains) for task, own in gains.items() if own.value is not None}
    return [
        {"target": task, "points": points, "percent": 100 * points / whole.value if significant else None}
        for task, points in sorted(parts.items(), key=lambda item: -item[1])
    ]


def _groups(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return for each group the number of its rows and the names of those without an average."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(row["group"], {"rows": 0, "lacking": []})
        group["rows"] += 1
        if row["average"] is None or row["average"]["value"] is None:
            group["lacking"].append(row["name"])
    return groups


def _caveats(runs: Mapping[str, Scores]) -> list[dict[str, Any]]:
    """Return each caveat of the scores once, with the rows and targets that have it."""
    caveats: dict[str, dict[str, Any]] = {}
    for name, run in runs.items():
        for task, cells in run.cells.items():
            scored = (record for record in cells.values() if record["status"] == "ok")
            for each in (each for record in scored for each in record["caveats"]):
                one = caveats.setdefault(json.dumps(each, sort_keys=True), {**each, "rows": [], "targets": []})
                one["rows"] += [name] if name not in one["rows"] else []
                one["targets"] += [task] if task not in one["targets"] else []
    return list(caveats.values())
