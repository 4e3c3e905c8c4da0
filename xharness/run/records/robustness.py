"""What noises, and errors that people made, do to the scores of a run: `robustness` of results.json.

Averages are unweighted means over noise seeds, then severities, noises of a family, families, languages other than
English, and tasks. They leave out what a search chose by the scores of the model. A cell without a noisy score is left
out and counted as missing; it is never a drop of 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.metrics.base import mean
from xharness.metrics.bootstrap import interval
from xharness.metrics.noisy import Pair, averaged, but_english, nested_mean
from xharness.registry import Registry
from xharness.run.records.natural_errors import natural_rows
from xharness.run.records.noisy_pairs import Cells
from xharness.run.records.noisy_rows import NoiseRow, rows_of
from xharness.run.records.robust_accuracy import robust_accuracy
from xharness.specs.noises import SEARCH

_SHOWN = ("clean", "noisy", "drop", "ci95")


def with_robustness(content: Mapping[str, Any], folder: Path, registry: Registry) -> dict[str, Any]:
    """Return the content of results.json with `robustness`, unchanged without noises and pairs with natural errors.

    `folder` has the replicates of the cells.
    """
    names = list(dict.fromkeys(cell["task"] for cell in content["cells"] if cell["noise"]))
    names = [name for name in names if name in content["tasks"]]
    cells = Cells(folder)
    natural = natural_rows(content, registry, cells)
    if not names and not natural:
        return dict(content)
    rows = {name: rows_of(name, content, registry, cells) for name in names}
    tasks = {name: _task(own, cells) for name, own in rows.items()}
    noises = [row.content() for own in rows.values() for row in own]
    found = {"noises": noises, "tasks": tasks, "all": _all(rows)}
    return {**content, "robustness": found | ({"natural": natural} if natural else {})}


def _task(rows: Sequence[NoiseRow], cells: Cells) -> dict[str, Any]:
    task = rows[0].task
    severities = sorted({row.severity for row in rows})
    at = {str(severity): [row for row in rows if row.severity == severity] for severity in severities}
    return {
        "metric": task.metric,
        "chance": task.scale.chance,
        **_averaged(rows),
        "severities": {
            severity: {**_averaged(own), "worst": _worst(own), "robust_accuracy": robust_accuracy(own, cells)}
            for severity, own in at.items()
        },
    }


def _averaged(rows: Sequence[NoiseRow]) -> dict[str, Any]:
    """Return the averages of rows of one task, and how many of their cells have no score."""
    pair = _mean(rows)
    cells = sum(each["missing_cells"] for row in rows for each in row.shares.values())
    return {
        "average": pair and rows[0].task.scale.numbers(pair),
        "missing": {"languages": sum(len(row.missing) for row in rows), "cells": cells},
    }


def _mean(rows: Sequence[NoiseRow]) -> Pair | None:
    rows = averaged(rows, lambda row: SEARCH in row.setting)
    codes = but_english({code: None for row in rows for code in row.pairs})
    keyed: dict[tuple[str, ...], Pair] = {
        (code, *row.key): row.pairs[code] for code in codes for row in rows if code in row.pairs
    }
    return nested_mean(keyed) if keyed else None


def _worst(rows: Sequence[NoiseRow]) -> dict[str, Any] | None:
    """Return the noise with the largest drop."""
    found = [(row, numbers) for row in rows if (numbers := row.numbers())]
    if not found:
        return None
    row, numbers = max(found, key=lambda pair: pair[1]["drop"])
    return {"noise": row.content()["noise"], **{name: numbers[name] for name in _SHOWN}}


def _all(rows: Mapping[str, Sequence[NoiseRow]]) -> dict[str, Any]:
    """Return the means over tasks whose scores are better the higher they are."""
    upward = {name: own for name, own in rows.items() if own[0].task.scale.upward}
    pairs = {name: pair for name, own in upward.items() if (pair := _mean(own))}
    shares = {name: upward[name][0].task.scale.numbers(pair)["relative_drop"] for name, pair in pairs.items()}
    found = [value for value in shares.values() if value is not None]
    average = None
    if pairs:
        pair = nested_mean({(name,): pair for name, pair in pairs.items()})
        ci95 = None if pair.drawn is None else list(interval(pair.drawn[0] - pair.drawn[1]))
        average = dict(zip(_SHOWN, (pair.clean, pair.noisy, pair.clean - pair.noisy, ci95), strict=True))
        average["relative_drop"] = mean(found) if found else None
    return {
        "average": average,
        "tasks": list(pairs),
        "without_relative_drop": [name for name, value in shares.items() if value is None],
        "left_out": [name for name in rows if name not in pairs],
    }
