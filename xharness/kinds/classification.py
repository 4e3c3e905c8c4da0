"""Classification of a text or of a pair of texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.data.lines import Row
from xharness.data.translating import Translator
from xharness.errors import PluginError
from xharness.specs.kinds import Column, Example, Kind, label_problem, noised_texts
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Way, head


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


def _ask(task: Task, example: Example) -> list[Continuation]:
    assert isinstance(task, Classification) and task.prompt is not None
    context, choices = task.prompt.context.format_map(example), task.prompt.choices
    return [Continuation(context, choices[label].format_map(example)) for label in task.labels]


def _take(task: Task, example: Example, results: Sequence[float]) -> dict[str, Any]:
    assert isinstance(task, Classification)
    best = max(results)
    weights = [math.exp(result - best) for result in results]
    scores = [round(weight / sum(weights), 6) for weight in weights]
    return {"prediction": task.labels[results.index(best)], "scores": scores}


def _chance(task: Task) -> float:
    assert isinstance(task, Classification)
    return 100 / len(task.labels) if task.labels and task.headline_names == ("accuracy",) else 0.0


LOGLIKELIHOOD = Way(
    name="loglikelihood",
    kind="classification",
    capability="loglikelihood",
    ask=_ask,
    take=_take,
    fits=lambda task: task.prompt is not None,
    summary="the label whose text has the highest log-likelihood as the continuation of the prompt",
)
CLASSIFICATION = Kind(
    name="classification",
    summary="a text, or a pair of texts, has one of several labels",
    ways=(head("classify"), LOGLIKELIHOOD),
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

    def __post_init__(self) -> None:
        """Check that a prompt has a text for each label, and no others."""
        super().__post_init__()
        if self.prompt and set(self.prompt.choices) != set(self.labels):
            raise PluginError(
                f"task '{self.name}': its prompt needs one choice for each label: {', '.join(self.labels)}"
            )

    def column_map(self) -> Mapping[str, str]:
        """Map text, text_pair and label."""
        pair = {"text_pair": self.text_pair} if self.text_pair else {}
        return {"text": self.text, **pair, "label": self.label}
