"""What every task declares; `xharness.kinds` has the class of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from xharness.errors import PluginError
from xharness.specs.kinds import Kind
from xharness.specs.noises import NoisePolicy
from xharness.specs.sources import Data, translated


@dataclass(frozen=True, kw_only=True)
class Train:
    """The split that a model is fine-tuned on for a task: another task's, where `task` is given.

    `first` names a task of the same kind that is trained on before, whose head is kept. `languages` are those that
    have a training split of their own, not a translation, beside `language`; `translations` those in which a
    translation of the training split is published.
    """

    task: str | None = None
    language: str = "en"
    first: str | None = None
    languages: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """What the split `split` of a task shares with the split `other` of another task, in a few words."""

    split: str
    task: str
    other: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How a checkpoint is fine-tuned on a task; the defaults are those most official scripts share.

    `batch_size` counts examples between two optimiser steps; `max_length` and `stride` count tokens.
    `warmup_steps` below 1 is a share of all steps. `selection` is `dev` (the best English dev score, looked at every
    `eval_steps`), `last`, `average` (the mean of the weights after each tenth of the steps), or `oracle` (the best mean
    dev score of the evaluated languages: what no zero-shot transfer may look at). `large_learning_rate` applies to
    models with a hidden size of 1,024 or more. `negatives` counts the queries whose candidates are told from each other
    (passage retrieval); `batch_size` is a multiple of it. A training that did not leave chance is begun again with
    another seed, `reruns` times at most.
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
    """What every task declares, whatever its kind.

    `data` says where examples come from, one entry a source. `train` is the language of the task's own training
    split, or a `Train`; None where nothing is trained. `sizes` are the official numbers of test examples a
    language (sentences, questions, pairs); a split of another size is marked, since its score is not the official
    one; `train_size` is that of the English training split. `test_split` is the split that is evaluated. `parallel`
    says that the test sets of all languages are translations of each other; `translated` names the languages whose
    test split is published in English too, translated by a machine. `overlaps` are those with other tasks that are
    known, declared by one of the two. `prompt` puts the task into words, for models that read and write text. `noise`
    is what noises may do to it.
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
    summary: str = ""
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    notes: tuple[str, ...] = ()
    api: int = 1

    def __post_init__(self) -> None:
        """Check what can be checked without data."""
        if not self.languages:
            raise PluginError(f"task '{self.name}' declares no language")
        if len(set(self.languages)) != len(self.languages):
            raise PluginError(f"task '{self.name}' declares a language twice")

    def data_for(self, source: str) -> Data | None:
        """Return what the task declares for a source, or None."""
        declared = self.data if isinstance(self.data, tuple) else (self.data,)
        return next((entry for entry in declared if entry.source == source), None)

    @property
    def training(self) -> Train | None:
        """Return the training split, with the task always named."""
        if self.train is None:
            return None
        train = Train(language=self.train) if isinstance(self.train, str) else self.train
        return train if train.task else replace(train, task=self.name)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Return the metrics that score the task, its kind's unless it names its own."""
        return self.metrics or self.kind.metrics

    @property
    def headline_names(self) -> tuple[str, ...]:
        """Return the values whose mean is the task's score."""
        return self.headline or self.kind.headline

    def size_of(self, language: str, split: str) -> int:
        """Return the official number of examples of a split, 0 where it is not known."""
        return self.train_size if split in ("train", translated("train")) else self.sizes.get(language, 0)

    def column_map(self) -> Mapping[str, str]:
        """Return the kind's columns as the source's columns that the task names."""
        return {}
