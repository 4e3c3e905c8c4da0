"""The head that answers a question with a span of its context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from xharness import Example, SpanQA, Task, TaskTraining
from xharness.engine import objectives
from xharness.engine.inference import Sequence
from xharness.engine.spans import EMPTY, Reader, decode, no_answer, or_nothing
from xharness_plugins.models.heads.head import Head, LoadedEncoder, predict_length, train_length
from xharness_plugins.models.predictors import Predictor, blocks, grouped

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from xharness.engine.objectives import Objective

_DECODED_TOGETHER = 128


@dataclass(frozen=True)
class Answerer(Predictor):
    """Finds the answer to each question in its context; with `unanswerable` it may predict that there is no answer."""

    reader: Reader = field(kw_only=True)
    unanswerable: bool = field(default=False, kw_only=True)

    def answer(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield the best span in the windows of each question, the empty text for no answer."""
        import torch

        def step(batch: dict[str, Tensor]) -> Tensor:
            output = self.model(**batch)
            return torch.stack([output.start_logits, output.end_logits], dim=-1)

        results = grouped(
            self._readings(examples),
            lambda item: [Sequence(window.ids, window.type_ids) for window in item[1].windows],
            lambda sequences: self.stream.tokens(sequences, step),
        )
        while some := list(islice(results, _DECODED_TOGETHER)):
            logits = [windows for _, windows in some]
            answers = decode([reading for (_, reading), _ in some], logits)
            chosen = or_nothing(answers, logits, self.reader.nothing) if self.unanswerable else answers
            for index, ((name, _), _) in enumerate(some):
                row = {"id": name, "prediction": chosen[index][0], "score": chosen[index][1]}
                yield {**row, **self._against(answers[index], logits[index])} if self.unanswerable else row

    def _readings(self, examples: Iterable[Example]) -> Iterator[tuple[str, Any]]:
        for block in blocks(examples):
            readings = self.reader.read([row["question"] for row in block], [row["context"] for row in block])
            yield from zip([row["id"] for row in block], readings, strict=True)

    def _against(self, best: tuple[str, float], windows: SequenceOf[np.ndarray]) -> dict[str, Any]:
        """Return the best span of a question, and the score of no answer minus the score of that span."""
        [nothing] = no_answer([windows], self.reader.nothing)
        span, score = ("", 0.0) if best == (EMPTY, 0.0) else best
        return {"span": span, "margin": nothing - score}


def _unanswerable(task: Task) -> bool:
    return isinstance(task, SpanQA) and task.unanswerable


def _objective(encoder: LoadedEncoder, training: TaskTraining) -> Objective:
    """Return the mean cross-entropy of the start and the end of each answer."""
    task = training.task
    length, stride = train_length(encoder, training), training.tuning.stride
    reader = Reader(encoder.tokenizer, length, stride, last=encoder.causal_inputs)
    features = objectives.span_features(reader, list(training.train), _unanswerable(task))
    return objectives.objective(task.name, features, encoder.stream.pad_id, objectives.span_loss)


def _predictor(encoder: LoadedEncoder, task: Task, params: Mapping[str, Any]) -> Answerer:
    length, stride = predict_length(encoder, task, params), task.tuning.stride
    return Answerer(
        encoder.model,
        encoder.stream,
        {**encoder.about, "max_length": length, "stride": stride},
        reader=Reader(encoder.tokenizer, length, stride, last=encoder.causal_inputs),
        unanswerable=_unanswerable(task),
    )


ANSWER = Head(
    capability="answer",
    auto="AutoModelForQuestionAnswering",
    name="answer spans",
    objective=_objective,
    predictor=_predictor,
)
