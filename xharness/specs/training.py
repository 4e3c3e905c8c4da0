"""The argument of `Model.train`: what to train, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xharness.specs.kinds import Example
from xharness.specs.models import LoadedModel, LoadOptions
from xharness.specs.tasks import Task, Tuning
from xharness.specs.ways import Continuation, Slots

# Scores the predictions for all rows of a dev split, in their order: the mean of the task's headline values.
Measure = Callable[[Sequence[Mapping[str, Any]]], float]
"""Returns the score, from 0 to 100, of the predictions on the examples of a dev split."""


@dataclass(frozen=True, kw_only=True)
class TrainingTexts:
    """A training in words: the texts of the examples, of which only answers count in the loss.

    Answers are the text of a `Continuation`, or the only choice of each slot of `Slots`. `params` are the parameters of
    the adapter for the capability of the way. `dev_score(model)` asks a model in memory about the dev split and returns
    the mean of the task's headline values; None if no dev split selects.
    """

    texts: Sequence[Continuation | Slots]
    params: Mapping[str, Any]
    dev_score: Callable[[LoadedModel], float] | None = None


@dataclass(frozen=True, kw_only=True)
class TaskTraining:
    """One task of a training: the rows of its training split and, if there is one, of its dev split.

    Of `tuning` only the input lengths apply; the schedule is that of the whole training. `measure` scores predictions
    for `dev`. `share` is the fraction of all steps that the task gets in a mixture; None: `Mixing` decides. With
    `words` the task is trained in words, and `train` is empty.
    """

    task: Task
    tuning: Tuning
    train: Iterable[Example]
    dev: Iterable[Example] | None = None
    measure: Measure | None = None
    share: float | None = None
    words: TrainingTexts | None = None


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """How several tasks share the steps of a training: in proportion to min(examples, cap) ** exponent.

    An exponent of 1 is proportional sampling, 1/T is sampling with temperature T, 0 is uniform sampling.
    """

    cap: int | None = None
    exponent: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Start:
    """Which parts of the checkpoint a training starts from, besides its encoder.

    With `keep_head` the training continues with the checkpoint's head, which must fit the task; otherwise the head is
    new. With `fresh_pooler` the pooler is replaced by a new one.
    """

    keep_head: bool = False
    fresh_pooler: bool = False


@dataclass(frozen=True, kw_only=True)
class Lora:
    """Low-rank updates: a weight changes by alpha / rank times the product of two trained matrices of that rank.

    `targets` are the names of the encoder's modules that are updated, `dropout` applies to their input. Heads and a
    pooler are trained in full. Hu et al. 2022, LoRA: Low-Rank Adaptation of Large Language Models, ICLR.
    """

    rank: int
    alpha: float
    dropout: float
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Training:
    """A training of the checkpoint in the folder `path`, on one task or on a mixture of tasks.

    Without `mixing` there is one task. With it the tasks share the encoder, each has a head of its own, and `start` and
    `lora` keep their defaults. `tuning` is the schedule: epochs, batch size, learning rate, selection, reruns.

    `out` is the folder to write, which does not exist yet. It gets the encoder with the head of the task named `head`,
    or the encoder alone where `head` is None. With `lora` it gets the low-rank updates and that head only.

    `given` is the folder of the checkpoint of the request, before all trainings; None: `path`.

    `scratch` is a folder for the state of the training: a second call with the same folder continues an interrupted
    training. `params` are the parameters of the adapter that a training uses, without defaults. `report` is called with
    the progress: step, total_steps, loss, tokens, tokens_per_second, dev.
    """

    path: Path
    tasks: tuple[TaskTraining, ...]
    tuning: Tuning
    seed: int
    head: str | None
    out: Path
    scratch: Path
    options: LoadOptions
    report: Callable[[Mapping[str, Any]], None]
    mixing: Mixing | None = None
    start: Start = Start()
    lora: Lora | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    given: Path | None = None
