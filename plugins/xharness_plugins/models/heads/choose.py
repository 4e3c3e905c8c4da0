"""The head that chooses among the choices of an example: one logit per choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import Example, Task, TaskTraining
from xharness.engine.inference import Sequence
from xharness.engine.multiple_choice import choice_logits, choice_objective, choice_sequences
from xharness_plugins.models.heads.head import Head, LoadedEncoder, predict_length, train_length
from xharness_plugins.models.predictors import Predictor, TextEncoder, blocks, grouped, probabilities

if TYPE_CHECKING:
    import numpy as np

    from xharness.engine.objectives import Objective


@dataclass(frozen=True)
class Chooser(Predictor):
    """Picks one of each example's choices, however many it has."""

    encode: TextEncoder = field(kw_only=True)

    def choose(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield the index of the best choice and the probability of each."""
        import numpy as np

        items = (item for block in blocks(examples) for item in choice_sequences(self.encode, block))
        for _, logits in grouped(items, lambda item: item, self._choice_logits):
            (scores,) = probabilities(np.stack(logits)[None])
            yield {"prediction": int(np.argmax(logits)), "scores": scores}

    def _choice_logits(self, sequences: Iterator[Sequence]) -> Iterator[np.ndarray]:
        blocks_of_logits = self.stream.rows(sequences, lambda batch: choice_logits(self.model, batch))
        return (logit for block in blocks_of_logits for logit in block)


def _objective(encoder: LoadedEncoder, training: TaskTraining) -> Objective:
    """Return the cross-entropy of the right choice among the choices of its example."""
    texts = TextEncoder(encoder.tokenizer, train_length(encoder, training))
    return choice_objective(training.task.name, texts, list(training.train), encoder.stream.pad_id)


def _predictor(encoder: LoadedEncoder, task: Task, params: Mapping[str, Any]) -> Chooser:
    length = predict_length(encoder, task, params)
    about = {**encoder.about, "max_length": length}
    return Chooser(encoder.model, encoder.stream, about, encode=TextEncoder(encoder.tokenizer, length))


CHOOSE = Head(
    capability="choose",
    auto="AutoModelForMultipleChoice",
    name="choices",
    objective=_objective,
    predictor=_predictor,
    classes=lambda task, rows: len(rows[0]["choices"]),
)
