"""Classification of a text or of a pair of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.kinds.in_words import choice_ways, written_way
from xharness.kinds.shuffling import shuffled_column
from xharness.specs.kinds import Column, Example, Kind, label_problem, noised_texts
from xharness.specs.prompts import Wording
from xharness.specs.tasks import Task
from xharness.specs.ways import head

if TYPE_CHECKING:
    from xharness.data.translating import Translator


def _labels(examples: Iterable[Example]) -> list[str]:
    return [example["label"] for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return not any(label is None for label in gold)


def _problem(row: Row, labels: frozenset[str]) -> str | None:
    return label_problem([row["label"]] if row.get("label") is not None else [], labels)


def _translated(row: Row, translator: Translator, located: bool) -> Row:
    pair = row["text_pair"]
    return {
        **row,
        "text": translator.text(row["text"]),
        "text_pair": None if pair is None else translator.text(pair),
    }


def _own(task: Task) -> Classification:
    assert isinstance(task, Classification)
    return task


def _choices(task: Task, wording: Wording, example: Example) -> list[str]:
    return [wording.template.choices[label].format_map(example) for label in _own(task).labels]


def _words(task: Task, wording: Wording, example: Example) -> list[str]:
    return [wording.template.words.get(label, label) for label in _own(task).labels]


def _value(task: Task, index: int) -> str:
    return _own(task).labels[index]


def _right(task: Task, example: Example) -> int:
    return _own(task).labels.index(example["label"])


def _chance(task: Task) -> float:
    assert isinstance(task, Classification)
    return 100 / len(task.labels) if task.labels and task.headline_names == ("accuracy",) else 0.0


CLASSIFICATION = Kind(
    name="classification",
    summary="a text, or a pair of texts, has one of several labels",
    ways=(
        head("classify"),
        *choice_ways("classification", _choices, _value, _right),
        written_way("classification", _words, _value, "", _right),
    ),
    columns={
        "text": Column("the text, or the first text of a pair", noise="usually", passage=True),
        "text_pair": Column("the second text of a pair, or null", optional=True, noise="usually"),
        "label": Column("the label, or null if it is not known", optional=True),
    },
    gold=_labels,
    has_gold=_has_gold,
    check=_problem,
    translate=_translated,
    noise=noised_texts("text", "text_pair"),
    shuffle=shuffled_column("label"),
    right=_right,
    chance=_chance,
    metrics=("accuracy",),
    headline=("accuracy",),
)


@dataclass(frozen=True, kw_only=True)
class Classification(Task):
    """A task of kind classification: a text, or a pair of texts, has one of `labels`."""

    kind = CLASSIFICATION
    labels: tuple[str, ...]
    text: str = "text"
    text_pair: str | None = None
    label: str = "label"

    def column_map(self) -> Mapping[str, str]:
        """Map text, text_pair and label."""
        pair = {"text_pair": self.text_pair} if self.text_pair else {}
        return {"text": self.text, **pair, "label": self.label}
