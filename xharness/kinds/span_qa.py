"""Span question answering: the answer to a question is a span of a context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.kinds.shuffling import shuffled_spans
from xharness.kinds.written_answers import answering_way
from xharness.specs.kinds import Column, Example, Kind
from xharness.specs.tasks import Task, Tuning
from xharness.specs.ways import head

if TYPE_CHECKING:
    from xharness.data.translating import Translator
    from xharness.noising.rows import RowNoiser


def _answers(examples: Iterable[Example]) -> list[tuple[str, list[str]]]:
    return [(example["id"], [answer["text"] for answer in example["answers"]]) for example in examples]


def _has_gold(gold: Any, task: Task) -> bool:
    return bool(_settings(task)) or any(answers for _, answers in gold)


def _predictions(rows: Iterable[Row]) -> dict[str, str]:
    return {row["id"]: _answer(row) for row in rows}


def _answer(row: Row) -> str:
    from xharness.metrics.squad_v2 import Answer

    text: str = row["prediction"]
    return Answer(text, row["span"], row["margin"]) if "margin" in row else text


def _problem(row: Row, labels: frozenset[str]) -> str | None:
    if any(answer.get("text") is None or answer.get("start") is None for answer in row["answers"]):
        return "an answer has no text or no start"
    return None


def _settings(task: Task) -> Mapping[str, Any]:
    return {"unanswerable": True} if isinstance(task, SpanQA) and task.unanswerable else {}


def _translated(row: Row, translator: Translator, located: bool) -> Row | None:
    translation = {**row, "question": translator.text(row["question"])}
    if located and row["answers"]:
        moved = translator.located(row["context"], row["answers"][0])
        return moved and {**translation, **moved}
    context = translator.text(row["context"])
    answers = dict.fromkeys(translator.text(answer["text"]) or answer["text"] for answer in row["answers"])
    return {
        **translation,
        "context": context,
        "answers": [{"text": text, "start": context.find(text)} for text in answers],
    }


def _noised(row: Row, noiser: RowNoiser) -> Row:
    context, answers = noiser.located("context", row["context"], row["answers"], row["question"])
    return {**row, "question": noiser.text("question", row["question"]), "context": context, "answers": answers}


def _trial(task: Task, examples: Sequence[Example], right: bool) -> list[dict[str, Any]]:
    """Return the first answer of each question; wrong are words that are in no context."""
    first = [example["answers"][0]["text"] if example["answers"] else "" for example in examples]
    return [
        {"id": example["id"], "prediction": text if right else "xqzv"}
        for example, text in zip(examples, first, strict=True)
    ]


SPAN_QA = Kind(
    name="span-qa",
    summary="the answer to a question is a span of a context",
    ways=(head("answer"), answering_way(lambda task: bool(_settings(task)))),
    columns={
        "id": Column("the id of the question"),
        "question": Column("the question", noise="usually"),
        "context": Column("the text that contains the answer", noise="asked", passage=True),
        "answers": Column("{text, start}: start is a character offset into the context, -1 where unknown", "spans"),
    },
    gold=_answers,
    has_gold=_has_gold,
    predictions=_predictions,
    check=_problem,
    settings=_settings,
    train_settings=_settings,
    translate=_translated,
    noise=_noised,
    shuffle=shuffled_spans,
    trial=_trial,
    metrics=("squad", "squad_native"),
    headline=("f1", "exact_match"),
    gold_follows_inputs=True,
    tokens=280,
)


@dataclass(frozen=True, kw_only=True)
class SpanQA(Task):
    """A task of kind span-qa; with `unanswerable`, some questions have no answer in their context.

    For these the model is trained to select the first token, and the prediction is the empty text.
    """

    kind = SPAN_QA
    tuning: Tuning = field(
        default_factory=lambda: Tuning(
            epochs=3,
            learning_rate=3e-5,
            max_length=384,
            stride=128,
            warmup_steps=500,
            weight_decay=1e-4,
            selection="last",
        )
    )
    id: str = "id"
    question: str = "question"
    context: str = "context"
    answers: str = "answers"
    unanswerable: bool = False

    def column_map(self) -> Mapping[str, str]:
        """Map id, question, context and answers."""
        return {"id": self.id, "question": self.question, "context": self.context, "answers": self.answers}
