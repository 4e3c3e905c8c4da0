"""Retrieval by hidden layer: scores of each row by layer, and gains of best layer over best layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness.experiment.files import Experiment
from xharness.experiment.scores import Scores, gain
from xharness.specs.places import Place

if TYPE_CHECKING:
    from xharness.experiment.running import ExperimentRun

Layers = dict[int, Scores]


def sweep_of(experiment: Experiment, ran: Sequence[tuple[ExperimentRun, Scores | None]]) -> dict[str, Any]:
    """Return for each task and row the scores by layer, the gain at the default layer, and that of the best layers."""
    rows: dict[str, Scores] = {}
    layers: dict[str, dict[str, Layers]] = {}
    for part, scores in ran:
        if scores is None:
            continue
        if part.task is None or part.layer is None:
            rows[part.row.name] = scores
        else:
            layers.setdefault(part.task, {}).setdefault(part.row.name, {})[part.layer] = scores
    tasks = experiment.sweep.tasks if experiment.sweep else ()
    return {task: _task(task, layers.get(task, {}), rows, experiment.baseline) for task in tasks}


def _task(task: str, layers: Mapping[str, Layers], rows: Mapping[str, Scores], baseline: str) -> dict[str, Any]:
    """Return the sweep of a task; without the baseline in `layers`, gains have no value but a reason."""
    common = _common(task, layers)
    base = layers.get(baseline, {})
    best = _best(task, base, common)
    lines = []
    for name, own in layers.items():
        line: dict[str, Any] = {
            "name": name,
            "values": {str(layer): scores.value(task) for layer, scores in own.items()},
            "default_layer": _default(rows[name], task),
            "best_layer": _best(task, own, common),
            "gain_at_default": None,
            "gain_of_best": None,
        }
        if name != baseline:
            line["gain_at_default"] = gain(rows[name], rows[baseline], task).content()
            if best is not None and line["best_layer"] is not None:
                line["gain_of_best"] = gain(own[line["best_layer"]], base[best], task).content()
        lines.append(line)
    return {"layers": sorted({layer for own in layers.values() for layer in own}), "baseline_best": best, "rows": lines}


def _common(task: str, layers: Mapping[str, Layers]) -> list[Place]:
    """Return the places with a score in all rows and layers that have scores."""
    scored = [
        scores.cells[task].keys() - scores.missing(task).keys() for own in layers.values() for scores in own.values()
    ]
    return sorted(set.intersection(*map(set, filter(None, scored)))) if any(scored) else []


def _best(task: str, own: Layers, places: Sequence[Place]) -> int | None:
    """Return the layer with the highest score over some places; of equal ones the lowest."""
    whole = [layer for layer, scores in own.items() if not scores.missing(task).keys() & set(places)]
    values = {layer: own[layer].over(task, places) for layer in whole} if places else {}
    return max(values, key=lambda layer: (values[layer], -layer)) if values else None


def _default(row: Scores, task: str) -> int | None:
    """Return the layer from which the vectors of a row were read."""
    layers = (record["model"].get("layer") for record in row.cells[task].values())
    return next((layer for layer in layers if layer is not None), None)
