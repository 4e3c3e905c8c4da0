"""The head that classifies a text or a pair of texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import Example, Task, TaskTraining
from xharness.engine import objectives
from xharness.engine.inference import Sequence
from xharness_plugins.models.heads.head import Head, LoadedEncoder, predict_length, train_length
from xharness_plugins.models.labels import label_indexes, task_labels
from xharness_plugins.models.predictors import Predictor, TextEncoder, blocks, probabilities

if TYPE_CHECKING:
    from xharness.engine.objectives import Objective


@dataclass(frozen=True)
class Classifier(Predictor):
    """Gives each text or pair one of `labels`; `order` holds their indexes in the head."""

    encode: TextEncoder = field(kw_only=True)
    labels: tuple[str, ...] = field(kw_only=True)
    order: list[int] = field(kw_only=True)

    def classify(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield the label and the probability of each label, in the task's order."""
        for logits in self.stream.rows(self._sequences(examples), self.logits):
            ordered = logits[:, self.order]
            for best, row in zip(ordered.argmax(axis=1), probabilities(ordered), strict=True):
                yield {"prediction": self.labels[best], "scores": row}

    def _sequences(self, examples: Iterable[Example]) -> Iterator[Sequence]:
        for block in blocks(examples):
            yield from self.encode([row["text"] for row in block], [row.get("text_pair") for row in block])


def _objective(encoder: LoadedEncoder, training: TaskTraining) -> Objective:
    """Return the cross-entropy of the label of each text or pair."""
    texts = TextEncoder(encoder.tokenizer, train_length(encoder, training))
    features = objectives.class_features(texts, list(training.train), label_indexes(encoder.model, training.task))
    return objectives.objective(training.task.name, features, encoder.stream.pad_id, objectives.class_loss)


def _predictor(encoder: LoadedEncoder, task: Task, params: Mapping[str, Any]) -> Classifier:
    length = predict_length(encoder, task, params)
    return Classifier(
        encoder.model,
        encoder.stream,
        {**encoder.about, "max_length": length},
        encode=TextEncoder(encoder.tokenizer, length),
        labels=task_labels(task),
        order=list(label_indexes(encoder.model, task).values()),
    )


CLASSIFY = Head(
    capability="classify",
    auto="AutoModelForSequenceClassification",
    name="classes",
    objective=_objective,
    predictor=_predictor,
    labelled=True,
    classes=lambda task, rows: len(task_labels(task)),
)
