"""The table of a run: tasks down, languages across."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.cli.grouping import alike, noted
from xharness.cli.table import table
from xharness.errors import few
from xharness.language_filters import left_out
from xharness.specs.noises import label
from xharness.specs.places import Place

_ACROSS = 14
_SHOWN = 8
_APART = "*"
_MARKS = {"failed": "FAIL", "skipped": "skip", "not_run": "-"}


def summary(results: Mapping[str, Any], folder: Path) -> str:
    """Return what a person wants to see at the end of a run."""
    lines = [_scores(results), "", *_gap_notes(results)]
    for name, suite in results["suites"].items():
        if suite["complete"]:
            by_group = suite["category_mean"]
            more = "" if by_group is None else f" (mean of the group means: {by_group:.1f})"
            lines.append(f"{name}: {suite['value']:.1f}{more}")
        else:
            lines.append(f"{name}: no score, incomplete: {', '.join(suite['missing'])}")
        means = [f"{group} {part['value']:.1f}" for group, part in suite["groups"].items() if part["complete"]]
        lines += [f"groups: {', '.join(means)}"] if means else []
    if "subset" in results:
        lines.append(_subset(results["subset"]))
    has = {name: [cell["language"] for cell in results["cells"] if cell["task"] == name] for name in results["tasks"]}
    lines += [f"left out: {text}" for text in left_out(results["run"]["request"].get("languages", ()), has)]
    lines += [f"note: {text}" for text in _notes(results["cells"])]
    for status in ("skipped", "failed", "not_run"):
        cells = [cell for cell in results["cells"] if cell["status"] == status]
        reasons = [(cell["task"], cell["language"], cell["reason"] or "the run ended before") for cell in cells]
        lines += [f"{status}: {text}" for text in alike(reasons)]
    lines.append(f"results: {folder / 'results.json'}")
    return "\n".join(lines)


def _notes(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the caveats of the cells, first those that all cells of several tasks share."""
    scored = [cell for cell in cells if cell["status"] == "ok"]
    several = len({cell["task"] for cell in scored}) > 1
    shared = (
        [each for each in scored[0]["caveats"] if all(each in cell["caveats"] for cell in scored)] if several else []
    )
    rest = [(cell["task"], cell["language"], each) for cell in cells for each in cell["caveats"] if each not in shared]
    return [f"{each['text']} (all scores)" for each in shared] + noted(rest)


def _scores(results: Mapping[str, Any]) -> str:
    blocks: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
    for cell in results["cells"]:
        blocks.setdefault((cell["task"], Place.of(cell).noise), []).append(cell)
    return "\n\n".join(
        _block(name, results["tasks"].get(name, {}), cells)
        if noise is None
        else _block(f"{name} with {label(json.loads(noise))}", _only_metric(results["tasks"].get(name, {})), cells)
        for (name, noise), cells in blocks.items()
    )


def _only_metric(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task without its averages, which are those of clean inputs."""
    return {name: task[name] for name in ("metric", "higher_is_better") if name in task}


def _block(name: str, task: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> str:
    metrics = str(task.get("metric", "")).split("+")
    seeds = list(dict.fromkeys(cell["seed"] for cell in cells))
    languages = list(dict.fromkeys(cell["language"] for cell in cells))
    by_column = {(cell["language"], cell["seed"]): cell for cell in cells}
    average, noise = task.get("value"), Place.of(cells[0]).noise
    way = "" if task.get("higher_is_better", True) else " (lower is better)"
    score = f"{average:.1f}" if average is not None else "no average" + ("" if noise else f", {_lacking(task)}")
    parts = [f"{name}{way}: {score}{_vectors(cells)}"]
    gap = task.get("transfer_gap", {"metrics": {}})
    for start in range(0, len(languages), _ACROSS):
        part = languages[start : start + _ACROSS]
        ends = bool(gap["metrics"]) and start + _ACROSS >= len(languages)
        rows = []
        for metric in metrics:
            for seed in seeds:
                label = metric if len(seeds) == 1 else f"{metric}, seed {seed}"
                last = (
                    [f"{gap['metrics'][metric]:+.1f}" if seed == seeds[-1] and metric in gap["metrics"] else ""]
                    if ends
                    else []
                )
                rows.append([label, *[_shown(by_column.get((code, seed)), metric) for code in part], *last])
        heads = ["", *part, *([f"gap{'' if gap['parallel'] else _APART}"] if ends else [])]
        parts.append(table(rows, heads, right=range(1, len(heads))))
    return "\n".join(parts)


def _gap_notes(results: Mapping[str, Any]) -> list[str]:
    gaps = [task["transfer_gap"] for task in results["tasks"].values() if task["transfer_gap"]["metrics"]]
    lines = ["gap: English minus the mean of the other languages"] if gaps else []
    if not all(gap["parallel"] for gap in gaps):
        lines.append(f"{_APART} test sets that are not translations of each other: part of the gap may be theirs")
    return lines


def _subset(subset: Mapping[str, Any]) -> str:
    parts = []
    for name, chosen in subset["filter"].items():
        if name == "seen":
            parts.append("seen in pre-training" if chosen else "not seen in pre-training")
        else:
            parts.append(f"{name} {', '.join(chosen[:_SHOWN])}{', ...' if len(chosen) > _SHOWN else ''}")
    head = f"subset ({'; '.join(parts)})"
    if not subset["complete"]:
        return f"{head}: no score, incomplete: {', '.join(subset['missing'])}"
    values = ", ".join(f"{name} {number:.1f}" for name, number in subset["tasks"].items())
    return f"{head}: {subset['value']:.1f} ({values})"


def _vectors(cells: Sequence[Mapping[str, Any]]) -> str:
    """Say where vectors were read from, since a retrieval score means little without it."""
    model = next((cell["model"] for cell in cells if "layer" in cell["model"]), None)
    if model is None:
        return ""
    layers = f" of {model['layers']}" if "layers" in model else ""
    return f"  (vectors of layer {model['layer']}{layers}, {model.get('pooling', 'own pooling')})"


def _lacking(task: Mapping[str, Any]) -> str:
    missing = task.get("missing", [])
    shown = few(missing, _SHOWN)
    return f"{len(missing)} language{'s'[: len(missing) != 1]} missing ({shown})" if missing else "incomplete"


def _shown(cell: Mapping[str, Any] | None, metric: str) -> str:
    if cell is None:
        return "-"
    if cell["status"] != "ok":
        return _MARKS[cell["status"]]
    found = cell["metrics"].get(metric)
    return f"{found['value']:.1f}" if found else "-"
