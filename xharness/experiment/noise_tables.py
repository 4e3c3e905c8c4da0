"""What noises cost the rows of an experiment: a table for each task, with a column for each noise and severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xharness.experiment.blocks import Block
from xharness.specs.noises import label

JsonObject = Mapping[str, Any]
_NUMBERS = ("clean", "noisy", "drop", "ci95")
_LINES = (
    "points that a noise costs, means over languages other than English; in brackets: 95 % interval",
    "without: the score without noise over the same languages; several where a noise does not apply in some of them",
)


def noises_of(results: JsonObject) -> list[dict[str, Any]]:
    """Return the averages of a run's results.json by task, noise and severity; None if there is no score."""
    rows = results.get("robustness", {"noises": ()})["noises"]
    return [
        {
            "task": row["task"],
            "noise": row["noise"],
            **{name: row["average"] and row["average"][name] for name in _NUMBERS},
        }
        for row in rows
    ]


def noise_blocks(rows: Sequence[JsonObject]) -> list[Block]:
    """Return the tables of the rows of experiment.json; none without noises."""
    tasks = dict.fromkeys(each["task"] for row in rows for each in row.get("noises", ()))
    return [_block(task, rows) for task in tasks]


def _block(task: str, rows: Sequence[JsonObject]) -> Block:
    by_row = {
        row["name"]: {label(each["noise"]): each for each in row.get("noises", ()) if each["task"] == task}
        for row in rows
    }
    noises = list(dict.fromkeys(name for own in by_row.values() for name in own))
    lines = [(row, _without(own.values()), *(_drop(own.get(name)) for name in noises)) for row, own in by_row.items()]
    return Block(f"{task}: drops with noise, in points", ("row", "without", *noises), tuple(lines), _LINES)


def _without(own: Iterable[JsonObject]) -> str:
    scores = dict.fromkeys(f"{each['clean']:.1f}" for each in own if each["clean"] is not None)
    return " / ".join(scores) or "-"


def _drop(each: JsonObject | None) -> str:
    if each is None or each["drop"] is None:
        return "-"
    interval = "" if each["ci95"] is None else f" [{each['ci95'][0]:.1f}, {each['ci95'][1]:.1f}]"
    return f"{each['drop']:.1f}{interval}"
