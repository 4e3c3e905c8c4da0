"""Reranking: a cross-encoder reads a query with each of a few candidates, and ranks them by its scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.kinds.multiple_choice import MULTIPLE_CHOICE, MultipleChoice
from xharness.specs.kinds import Column, Example
from xharness.specs.tasks import Task
from xharness.specs.ways import head

if TYPE_CHECKING:
    from xharness.noising.rows import RowNoiser


def _noised(row: Row, noiser: RowNoiser) -> Row:
    return {**row, "context": noiser.text("context", row["context"])}


def _chance(task: Task) -> float | None:
    """Return the mean reciprocal rank of a random order."""
    assert isinstance(task, Reranking)
    return 100 * sum(1 / rank for rank in range(1, task.number + 1)) / task.number if task.number else None


def _trial(task: Task, examples: Sequence[Example], right: bool) -> list[dict[str, Any]]:
    """Return scores that are highest, or lowest, for the right candidate."""
    return [
        {
            "prediction": example["label"] if right else (example["label"] + 1) % len(example["choices"]),
            "scores": [float((index == example["label"]) == right) for index in range(len(example["choices"]))],
        }
        for example in examples
    ]


RERANKING = replace(
    MULTIPLE_CHOICE,
    name="reranking",
    summary="rank a few candidates for a query, reading each with the query",
    ways=(head("choose"),),
    columns={
        "context": Column("the query", noise="usually"),
        "choices": Column("the candidates", "texts"),
        "label": Column("the index of the right candidate, from 0, or null if it is not known", "int", optional=True),
    },
    predictions=list,
    trial=_trial,
    translate=None,
    noise=_noised,
    chance=_chance,
    metrics=("choice_rank",),
    headline=("mrr",),
    dev="none",
    tokens=800,
)


@dataclass(frozen=True, kw_only=True)
class Reranking(MultipleChoice):
    """A task of kind reranking; `number` is how many candidates a query of the test split has."""

    kind = RERANKING
