"""Embeddings of texts: read from a hidden layer of an encoder, or from the pooler of a trained dual encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, PassageRetrieval, StageError, Task, TaskTraining
from xharness.engine import dual_encoder as dual
from xharness.engine.objectives import feature
from xharness.engine.pooling import LAST, POOLER, default_layer, embedding_step, layers_step, trained_vectors
from xharness_plugins.models.checkpoint_files import TRAINED_POOLING
from xharness_plugins.models.heads.head import Head, LoadedEncoder, train_length
from xharness_plugins.models.predictors import Predictor, TextEncoder, blocks

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from xharness.engine.objectives import Objective

_LENGTH = 512
"""Default maximum number of tokens of a text."""


@dataclass(frozen=True)
class Embedder(Predictor):
    """Turns texts into vectors; `step` pools the hidden states of a batch.

    With `fixed_length` the user set the length of inputs, and a caller's `max_length` is ignored.
    """

    encode: TextEncoder = field(kw_only=True)
    step: Callable[[dict[str, Tensor]], Tensor] = field(kw_only=True)
    fixed_length: bool = field(kw_only=True)
    start: int | None = field(default=None, kw_only=True)

    def embed(self, texts: Iterable[str], max_length: int | None = None) -> Iterator[np.ndarray]:
        """Yield float32 blocks that together have one vector per text."""
        encode = self.encode.cut_to(max_length) if max_length and not self.fixed_length else self.encode
        return self._rows(texts, encode, self.step)

    def embed_layers(self, texts: Iterable[str], layers: SequenceOf[int]) -> Iterator[np.ndarray]:
        """Yield float32 blocks of shape (texts, layers, hidden size): the vectors of each layer, in one pass.

        The model must be loaded with `layer` set to its last one, otherwise higher layers are missing.
        """
        return self._rows(texts, self.encode, layers_step(self.model, layers, self.about["pooling"], self.start))

    def _rows(
        self, texts: Iterable[str], encode: TextEncoder, step: Callable[[dict[str, Tensor]], Tensor]
    ) -> Iterator[np.ndarray]:
        sequences = (sequence for block in blocks(texts) for sequence in encode(block))
        return self.stream.rows(sequences, step)


def _objective(encoder: LoadedEncoder, training: TaskTraining) -> Objective:
    """Return the in-batch softmax of the candidate of each query; StageError if a query has no candidate."""
    task, rows = training.task, list(training.train)
    assert isinstance(task, PassageRetrieval)
    missing = next((number for number, row in enumerate(rows, 1) if not row["positive"]), None)
    if missing:
        raise StageError(
            f"training example {missing} of task '{task.name}' has no positive candidate; correct the training split"
        )
    sides = []
    for column, most in (("text", task.query_length), ("positive", task.candidate_length)):
        texts = TextEncoder(encoder.tokenizer, min(most, train_length(encoder, training)))
        sides.append([feature(ids, types, []) for ids, types in texts([row[column] for row in rows])])
    queries, candidates = sides
    negatives, pool = training.tuning.negatives, partial(trained_vectors, pooling=trained_pooling(encoder))
    return dual.objective(task.name, queries, candidates, encoder.stream.pad_id, negatives, pool)


def trained_pooling(encoder: LoadedEncoder) -> str:
    """Return the pooling that a dual encoder is trained with: the last token of a decoder, else the pooler."""
    return LAST if encoder.causal_inputs else POOLER


@contextmanager
def _scaled(model: Any) -> Iterator[None]:
    """Add the learned scale of dot products to a model for the training; cosine similarity does not need it."""
    dual.add_scale(model)
    yield
    dual.remove_scale(model)


def _predictor(encoder: LoadedEncoder, task: Task | None, params: Mapping[str, Any]) -> Embedder:
    """Return an embedder with the trained pooling of the model, else with the layer and pooling of the parameters."""
    layers = encoder.model.config.num_hidden_layers
    layer = default_layer(layers) if params.get("layer") is None else params["layer"]
    if not 0 <= layer <= layers:
        raise BadRequest(f"layer {layer}: the model has hidden layers 0 (embeddings) to {layers}")
    trained = getattr(encoder.model.config, TRAINED_POOLING, None)
    if trained:
        layer = layers
    pooling = trained or params.get("pooling") or "mean"
    length = min(params.get("max_length") or _LENGTH, encoder.max_length)
    return Embedder(
        encoder.model,
        encoder.stream,
        {**encoder.about, "layer": layer, "layers": layers, "pooling": pooling, "max_length": length},
        encode=TextEncoder(encoder.tokenizer, length),
        step=embedding_step(encoder.model, layer, pooling, encoder.start),
        start=encoder.start,
        fixed_length=bool(params.get("max_length")),
    )


EMBED = Head(
    capability="embed",
    auto="AutoModel",
    name="vectors",
    objective=_objective,
    predictor=_predictor,
    selects=False,
    pooling=POOLER,
    while_training=_scaled,
)
