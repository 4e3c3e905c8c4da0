"""The head that tags the words of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import Example, Task, TaskTraining
from xharness.engine import objectives
from xharness.engine.alignment import WordEncoder
from xharness.engine.inference import Sequence
from xharness_plugins.models.heads.head import Head, LoadedEncoder, predict_length, train_length
from xharness_plugins.models.labels import label_indexes, task_labels
from xharness_plugins.models.predictors import Predictor, blocks, grouped

if TYPE_CHECKING:
    import numpy as np

    from xharness.engine.objectives import Objective


@dataclass(frozen=True)
class Tagger(Predictor):
    """Gives each word one of `labels`; `order` holds their indexes in the head."""

    encoder: WordEncoder = field(kw_only=True)
    labels: tuple[str, ...] = field(kw_only=True)
    order: list[int] = field(kw_only=True)

    def tag(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield one tag per word, predicted at its first token; by a decoder at its last one."""
        for pieces, logits in self._grouped(examples):
            tags: list[str] = []
            for piece, scores in zip(pieces, logits, strict=True):
                best = scores[piece.words][:, self.order].argmax(axis=1)
                tags.extend(self.labels[index] for index in best)
            yield {"prediction": tags}

    def _grouped(self, examples: Iterable[Example]) -> Iterator[tuple[Any, list[np.ndarray]]]:
        encoded = (self.encoder.encode([row["tokens"] for row in block]) for block in blocks(examples))
        return grouped(
            (pieces for block in encoded for pieces in block),
            lambda pieces: [Sequence(piece.ids, None) for piece in pieces],
            lambda sequences: self.stream.tokens(sequences, self.logits),
        )


def _objective(encoder: LoadedEncoder, training: TaskTraining) -> Objective:
    """Return the cross-entropy of the tag of each word, at the token at which it is predicted."""
    words = WordEncoder(encoder.tokenizer, train_length(encoder, training), last=encoder.causal_inputs)
    features = objectives.tag_features(words, list(training.train), label_indexes(encoder.model, training.task))
    return objectives.objective(training.task.name, features, encoder.stream.pad_id, objectives.tag_loss)


def _predictor(encoder: LoadedEncoder, task: Task, params: Mapping[str, Any]) -> Tagger:
    length = predict_length(encoder, task, params)
    return Tagger(
        encoder.model,
        encoder.stream,
        {**encoder.about, "max_length": length},
        encoder=WordEncoder(encoder.tokenizer, length, last=encoder.causal_inputs),
        labels=task_labels(task),
        order=list(label_indexes(encoder.model, task).values()),
    )


TAG = Head(
    capability="tag",
    auto="AutoModelForTokenClassification",
    name="tags",
    objective=_objective,
    predictor=_predictor,
    labelled=True,
    split_words=True,
)
