"""The summary of a run: a table for each task, averages, and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.cli import robustness
from xharness.cli.answers import answer_notes
from xharness.cli.grouping import alike, noted
from xharness.cli.table import table
from xharness.errors import few
from xharness.language_filters import left_out

_ACROSS = 14
_SHOWN = 8
_APART = "*"
_MARKS = {"failed": "FAIL", "skipped": "skip", "not_run": "-"}


def summary(results: Mapping[str, Any], folder: Path) -> str:
    """Return the text that is printed at the end of a run."""
    noises = results.get("robustness")
    tables = [_scores(results), *(robustness.blocks(noises) if noises else ())]
    lines = ["\n\n".join(tables), "", *_gap_notes(results), *(robustness.notes(noises) if noises else ())]
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
    lines += [f"note: {text}" for text in (*_notes(results["cells"]), *answer_notes(results["cells"]))]
    for status in ("skipped", "failed", "not_run"):
        cells = [cell for cell in results["cells"] if cell["status"] == status]
        lines += [f"{status}: {text}" for text in alike(_reasons(cells))]
    lines.append(f"results: {folder / 'results.json'}")
    return "\n".join(lines)


def _notes(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the caveats of the scored cells; those that all cells of several tasks share come first."""
    scored = [cell for cell in cells if cell["status"] == "ok"]
    several = len({cell["task"] for cell in scored}) > 1
    shared = (
        [each for each in scored[0]["caveats"] if all(each in cell["caveats"] for cell in scored)] if several else []
    )
    rest = [(cell["task"], cell["language"], each) for cell in scored for each in cell["caveats"] if each not in shared]
    return [f"{each['text']} (all scores)" for each in shared] + noted(rest)


def _reasons(cells: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return task, language and reason of cells without a score; a noise that lacks in several tasks is one entry."""
    tasks: dict[str, dict[str, None]] = {}
    for cell in cells:
        tasks.setdefault(_reason(cell), {})[cell["task"]] = None
    return [
        (", ".join(tasks[_reason(cell)]) if cell["noise"] else cell["task"], cell["language"], _reason(cell))
        for cell in cells
    ]


def _reason(cell: Mapping[str, Any]) -> str:
    return cell["reason"] or "the run ended before"


def _scores(results: Mapping[str, Any]) -> str:
    blocks: dict[str, list[Mapping[str, Any]]] = {}
    for cell in results["cells"]:
        if not cell["noise"]:
            blocks.setdefault(cell["task"], []).append(cell)
    return "\n\n".join(_block(name, results["tasks"].get(name, {}), cells) for name, cells in blocks.items())


def _block(name: str, task: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> str:
    metrics = str(task.get("metric", "")).split("+")
    seeds = list(dict.fromkeys(cell["seed"] for cell in cells))
    languages = list(dict.fromkeys(cell["language"] for cell in cells))
    by_column = {(cell["language"], cell["seed"]): cell for cell in cells}
    average = task.get("value")
    direction = "" if task.get("higher_is_better", True) else " (lower is better)"
    score = f"{average:.1f}" if average is not None else f"no average, {_lacking(task)}"
    parts = [f"{name}{direction}: {score}{_vectors(cells)}"]
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
        lines.append(f"{_APART} test sets are not translations of each other: part of the gap may come from the data")
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
    """Return the layer and pooling of the vectors of a retrieval task, else an empty text."""
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
    score = cell["metrics"].get(metric)
    return f"{score['value']:.1f}" if score else "-"
