"""The declaration of a head: how it is created, trained, scored and used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import Example, Task, TaskTraining
from xharness_plugins.models.labels import task_labels

if TYPE_CHECKING:
    import torch

    from xharness.engine.inference import Stream
    from xharness.engine.objectives import Objective
    from xharness_plugins.models.predictors import Predictor

# The outputs of a head whose classes are not labels of a task: start and end of a span, say.
_NO_LABELS = ("LABEL_0", "LABEL_1")


@dataclass(frozen=True, kw_only=True)
class LoadedEncoder:
    """An encoder in memory, with or without a head, its tokenizer, and the stream that runs it on a device.

    `max_length` is the maximum number of tokens of model and tokenizer, `dtype` the precision of the computation.
    `about` are the settings to report with results. With `causal_inputs` a decoder's head reads texts as
    `decoder_inputs` says. The token `start` is left out of the mean of a text's vectors: the first token of a decoder
    sees nothing, and its large vector would hide those of the words.
    """

    model: Any
    tokenizer: Any
    stream: Stream
    max_length: int
    dtype: torch.dtype
    about: Mapping[str, Any] = field(default_factory=dict)
    causal_inputs: bool = False
    start: int | None = None


@dataclass(frozen=True, kw_only=True)
class Head:
    """A head for one capability.

    `auto` is the transformers class of an encoder with this head, `name` what it predicts, for messages.

    `objective(encoder, training)` returns the training objective of a task, whose rows are in a list.
    `predictor(encoder, task, params)` returns a model with a method of the capability's name; the task may be None for
    a head with `pooling`. A head without a predictor is for training only.

    With `labelled` its classes are the labels of the task; with `split_words` it reads sentences that are split into
    words; with `selects` the score on a dev split can select a checkpoint. `classes(task, rows)` returns the number of
    classes, to detect a training that stays at chance; None if chance is not known.

    `pooling` names the pooling that is trained if the capability needs no layers above the encoder; an encoder without
    training has the capability too, and it cannot be mixed with heads. `while_training(model)` is a context in which
    the model has the parameters that only training needs. `perplexity(encoder, training)` returns a function of the
    model: its perplexity by language on the dev rows of the training.
    """

    capability: str
    auto: str
    name: str
    objective: Callable[[LoadedEncoder, TaskTraining], Objective]
    predictor: Callable[[LoadedEncoder, Any, Mapping[str, Any]], Predictor] | None = None
    labelled: bool = False
    split_words: bool = False
    selects: bool = True
    classes: Callable[[Task, Sequence[Example]], int] | None = None
    pooling: str | None = None
    while_training: Callable[[Any], AbstractContextManager[None]] = nullcontext
    perplexity: Callable[[LoadedEncoder, TaskTraining], Callable[[Any], dict[str, float]]] | None = None

    def new_config(self, task: Task) -> dict[str, Any]:
        """Return the settings of a configuration that give a task a new head.

        A head without labels has two outputs, whatever head the checkpoint had before.
        """
        names = task_labels(task) or _NO_LABELS
        return {"id2label": dict(enumerate(names)), "label2id": {name: index for index, name in enumerate(names)}}


def train_length(encoder: LoadedEncoder, training: TaskTraining) -> int:
    """Return the maximum number of tokens of an example in training."""
    return min(training.tuning.max_length, encoder.max_length)


def predict_length(encoder: LoadedEncoder, task: Task, params: Mapping[str, Any]) -> int:
    """Return the maximum number of tokens of an example in prediction: the parameter `max_length`, else the task's."""
    return min(params.get("max_length") or task.tuning.max_length, encoder.max_length)
