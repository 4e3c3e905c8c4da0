"""Multiple choice: select the choice that fits a context."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.kinds.in_words import choice_ways, written_way
from xharness.kinds.shuffling import shuffled_column
from xharness.specs.kinds import Column, Example, Kind
from xharness.specs.prompts import Wording
from xharness.specs.tasks import Task, Tuning
from xharness.specs.ways import head

if TYPE_CHECKING:
    from xharness.data.translating import Translator
    from xharness.noising.rows import RowNoiser


def _labels(examples: Iterable[Example]) -> list[int]:
    return [example["label"] for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return not any(label is None for label in gold)


def _problem(row: Row, labels: frozenset[str]) -> str | None:
    count, label = len(row["choices"]), row.get("label")
    if count < 2:
        return f"{count} choices, expected 2 or more"
    if label is not None and not 0 <= label < count:
        return f"label {label}, expected an index from 0 to {count - 1}"
    return None


def _translated(row: Row, translator: Translator, located: bool) -> Row:
    end = next((words for words in translator.kept if row["context"].endswith(words)), "")
    context = " ".join(filter(None, (translator.text(row["context"].removesuffix(end)), end)))
    return {**row, "context": context, "choices": [translator.text(choice) for choice in row["choices"]]}


def _noised(row: Row, noiser: RowNoiser) -> Row:
    choices = [noiser.text("choices", choice, number=number) for number, choice in enumerate(row["choices"])]
    return {**row, "context": noiser.text("context", row["context"]), "choices": choices}


def _chance(task: Task) -> float | None:
    assert isinstance(task, MultipleChoice)
    return 100 / task.number if task.number else None


def _choices(task: Task, wording: Wording, example: Example) -> list[str]:
    return [
        wording.template.answer.format(answer=choice, lowered=choice[:1].lower() + choice[1:])
        for choice in example["choices"]
    ]


def _columns(wording: Wording, example: Example) -> Example:
    context = example["context"]
    for end, words in wording.template.endings.items():
        if context.endswith(end):
            before = context.removesuffix(end).rstrip()
            mark = before[-1:] and unicodedata.category(before[-1]).startswith("P")
            return {**example, "context": f"{before[:-1] if mark else before} {words}"}
    return example


def _letters(task: Task, wording: Wording, example: Example) -> list[str]:
    return list(string.ascii_uppercase[: len(example["choices"])])


def _right(task: Task, example: Example) -> int:
    index: int = example["label"]
    return index


MULTIPLE_CHOICE = Kind(
    name="multiple-choice",
    summary="select the choice that fits a context",
    ways=(
        head("choose"),
        *choice_ways("multiple-choice", _choices, lambda task, index: index, _right, _columns),
        written_way("multiple-choice", _letters, lambda task, index: index, -1, _right),
    ),
    columns={
        "context": Column("the text before each choice, including the question", noise="usually"),
        "choices": Column("the choices", "texts", noise="usually"),
        "label": Column("the index of the correct choice, from 0, or null if it is not known", "int", optional=True),
    },
    gold=_labels,
    has_gold=_has_gold,
    check=_problem,
    translate=_translated,
    noise=_noised,
    shuffle=shuffled_column("label", alike=lambda row: len(row["choices"])),
    right=_right,
    chance=_chance,
    metrics=("accuracy",),
    headline=("accuracy",),
    tokens=120,
)


@dataclass(frozen=True, kw_only=True)
class MultipleChoice(Task):
    """A task of kind multiple-choice.

    `number` is how many choices each question has, 0 where that differs. `english` are questions in English at the end
    of contexts of every language; they are not translated.
    """

    kind = MULTIPLE_CHOICE
    tuning: Tuning = field(default_factory=lambda: Tuning(large_learning_rate=3e-5, selection="last"))
    context: str = "context"
    choices: str = "choices"
    label: str = "label"
    number: int = 0
    english: tuple[str, ...] = ()

    def column_map(self) -> Mapping[str, str]:
        """Map context, choices and label."""
        return {"context": self.context, "choices": self.choices, "label": self.label}
