"""The section on robustness of index.html, from the block `robustness` of leaderboard.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness_leaderboard.site.names import noise_in_words

_CHARTED = 3  # severity
_LEAST = 2  # marks of a chart
Average = Mapping[str, Any]


@dataclass(frozen=True)
class Marks:
    """The marks of the chart: entries with their (clean, noisy) scores at a severity."""

    severity: int
    points: Sequence[tuple[Mapping[str, Any], tuple[float, float]]]


def robustness_of(board: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the rows of the tables, the severities and the options of the filter; None without such scores."""
    robust = board.get("robustness", {"entries": ()})["entries"]
    natural = board.get("robustness", {}).get("natural", ())
    if not robust and not natural:
        return None
    averages = [average for each in robust for average in _selectable(each)]
    severities = sorted({severity for average in averages for severity in average["severities"]})
    by_id = {entry["id"]: entry for entry in board["entries"]}
    shown = str(_CHARTED) if str(_CHARTED) in severities else next(iter(severities), None)
    return {
        "severities": severities,
        "shown": shown,
        "families": sorted({str(key[7:]) for key in map(_key, averages) if key.startswith("family:")}),
        "noises": sorted({str(key[6:]) for key in map(_key, averages) if key.startswith("noise:")}),
        "rows": [
            {
                "entry": by_id[each["entry"]],
                "reference": each["reference"],
                "tasks": sorted({row["task"] for row in each["noises"] if row["average"] is not None}),
                "cells": {_key(average): _cells(average, severities, shown) for average in _selectable(each)},
            }
            for each in robust
        ],
        "natural": natural,
    }


def _selectable(robust: Mapping[str, Any]) -> list[Average]:
    """Return the averages over all tasks."""
    return [average for average in robust["averages"] if average["task"] is None]


def _key(average: Average) -> str:
    """Return the value of the filter that shows an average; empty for that of all noises."""
    if average["noise"] is not None:
        return f"noise:{noise_name(average['noise'])}"
    return "" if average["family"] is None else f"family:{average['family']}"


def noise_name(noise: Mapping[str, Any]) -> str:
    """Return a noise as text: its name, and its settings but for the version 1."""
    return noise_in_words({key: value for key, value in noise.items() if (key, value) != ("version", 1)})[6:]


def _cells(average: Average, severities: Sequence[str], shown: str | None) -> list[Any]:
    """Return the columns of the table: scores, then drop, its interval, relative drop, worst noise, mCE and so on."""
    own = average["average"] or dict.fromkeys(("clean", "drop", "ci95", "relative_drop", "coverage"))
    at = average["severities"]
    worst = at[shown]["worst"]["noise"] if shown in at else None
    return [
        own["clean"],
        [at[severity]["noisy"] if severity in at else None for severity in severities],
        own["drop"],
        own["ci95"],
        own["relative_drop"],
        None if worst is None else noise_name(worst),
        average["mce"],
        average["relative_mce"],
        average["effective_robustness"],
        own["coverage"],
    ]


def marks_of(board: Mapping[str, Any], robust: Mapping[str, Any] | None) -> Marks | None:
    """Return the marks of the entries of the most common grid; None for fewer than two."""
    if robust is None or robust["shown"] is None:
        return None
    severity = robust["shown"]
    by_id = {entry["id"]: entry for entry in board["entries"]}
    found = [
        (each["grid"], by_id[each["entry"]], (at[severity]["clean"], at[severity]["noisy"]))
        for each in board["robustness"]["entries"]
        for average in _selectable(each)
        for at in [average["severities"]]
        if not _key(average) and severity in at
    ]
    grids = Counter(grid for grid, _, _ in found).most_common(1)
    points = [(entry, pair) for grid, entry, pair in found if grids and grid == grids[0][0]]
    return Marks(int(severity), points) if len(points) >= _LEAST else None
