"""What every task declares; `xharness.kinds` has the task class of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from xharness.errors import PluginError
from xharness.specs.kinds import Kind
from xharness.specs.noise_policies import NoisePolicy
from xharness.specs.sources import Data, translated


@dataclass(frozen=True, kw_only=True)
class Train:
    """The split that a model is fine-tuned on for a task: that of the task named `task`, or the task's own.

    `first` names a task of the same kind to train on before; its head is kept. `languages` are the languages besides
    `language` with an original training split; `translations` the languages with a published translation of it.
    """

    task: str | None = None
    language: str = "en"
    first: str | None = None
    languages: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """An overlap of the split `split` of a task with the split `other` of another task; `what` describes it."""

    split: str
    task: str
    other: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How a checkpoint is fine-tuned on a task; the defaults are those most official scripts share.

    `batch_size` counts examples between two optimiser steps; `max_length` and `stride` count tokens.
    `warmup_steps` below 1 is a share of all steps. `selection` is `dev` (the best English dev score, computed every
    `eval_steps` steps), `last`, `average` (the mean of the weights after each tenth of the steps), or `oracle` (the
    best mean dev score of the evaluated languages, which zero-shot transfer must not use). `large_learning_rate`
    applies to models with a hidden size of 1,024 or more. `negatives` is the number of queries whose candidates are
    contrasted (passage retrieval); `batch_size` is a multiple of it. A training that stays at chance is restarted with
    another seed, at most `reruns` times.
    """

    epochs: float = 5
    learning_rate: float = 2e-5
    large_learning_rate: float | None = None
    batch_size: int = 32
    max_length: int = 128
    stride: int = 0
    warmup_steps: float = 0
    weight_decay: float = 0.0
    selection: str = "dev"
    eval_steps: int = 500
    negatives: int = 4
    reruns: int = 0


@dataclass(frozen=True, kw_only=True)
class Task:
    """The fields of every task; the classes of the kinds add more.

    `data` declares where examples come from, one entry per source. `train` is the language of the task's own training
    split, or a `Train`; None if nothing is trained. `sizes` are the official numbers of test examples (sentences,
    questions, pairs) by language; a score on a split of another size is marked. `train_size` is the official size of
    the English training split. `test_split` is the evaluated split. `parallel`: the test sets of all languages are
    translations of each other. `translated` are the languages whose test split is published as a machine translation
    into English too. `overlaps` are known overlaps with other tasks, declared by one of the two. `noise` is what
    noises may do to the task. `clean` names the task that has the same examples without the errors that people made
    in this one. `unsafe_code`: some metrics need code that a model wrote to be run.
    """

    kind: ClassVar[Kind]

    name: str
    languages: tuple[str, ...]
    data: Data | tuple[Data, ...] = ()
    train: Train | str | None = None
    tuning: Tuning = field(default_factory=Tuning)
    metrics: tuple[str, ...] = ()
    headline: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    train_size: int = 0
    parallel: bool = False
    translated: tuple[str, ...] = ()
    test_split: str = "test"
    overlaps: tuple[Overlap, ...] = ()
    noise: NoisePolicy = field(default_factory=NoisePolicy)
    clean: str | None = None
    unsafe_code: bool = False
    summary: str = ""
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    notes: tuple[str, ...] = ()
    api: int = 1

    def __post_init__(self) -> None:
        """Raise PluginError if the languages are empty or repeated."""
        if not self.languages:
            raise PluginError(f"task '{self.name}' declares no language; give `languages`")
        if len(set(self.languages)) != len(self.languages):
            raise PluginError(f"task '{self.name}' declares a language twice in `languages`")

    def data_for(self, source: str) -> Data | None:
        """Return what the task declares for a source, or None."""
        declared = self.data if isinstance(self.data, tuple) else (self.data,)
        return next((entry for entry in declared if entry.source == source), None)

    @property
    def training(self) -> Train | None:
        """Return the training split with its task; None if nothing is trained."""
        if self.train is None:
            return None
        train = Train(language=self.train) if isinstance(self.train, str) else self.train
        return train if train.task else replace(train, task=self.name)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Return the metrics of the task, by default those of its kind."""
        return self.metrics or self.kind.metrics

    @property
    def headline_names(self) -> tuple[str, ...]:
        """Return the names of the values whose mean is the score of the task."""
        return self.headline or self.kind.headline

    def size_of(self, language: str, split: str) -> int:
        """Return the official number of examples of a split, 0 if unknown."""
        return self.train_size if split in ("train", translated("train")) else self.sizes.get(language, 0)

    def column_map(self) -> Mapping[str, str]:
        """Return a mapping from columns of the kind to columns of the source, as the task declares them."""
        return {}
