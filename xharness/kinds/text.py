"""Running text, for masked language modelling. It is used for training only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xharness.specs.kinds import Column, Example, Kind
from xharness.specs.tasks import Task, Tuning
from xharness.specs.ways import head


def _texts(examples: Iterable[Example]) -> list[str]:
    return [example["text"] for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return True


TEXT = Kind(
    name="text",
    summary="running text, for masked language modelling",
    ways=(head("fill"),),
    columns={"text": Column("a line of text, of which tokens are masked")},
    gold=_texts,
    has_gold=_has_gold,
    metrics=(),
    headline=(),
    dev="held-out",
    tokens=60,
)


@dataclass(frozen=True, kw_only=True)
class Corpus(Task):
    """A task of kind text; the perplexity of the held-out split `dev` is measured before and after training."""

    kind = TEXT
    tuning: Tuning = field(
        default_factory=lambda: Tuning(
            epochs=1, learning_rate=5e-5, max_length=256, weight_decay=0.01, selection="last"
        )
    )
    test_split: str = "dev"
    text: str = "text"

    def column_map(self) -> Mapping[str, str]:
        """Map text."""
        return {"text": self.text}
