"""What a task declares: one class a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from xharness.errors import PluginError
from xharness.specs.kinds import (
    BITEXT_MINING,
    BITEXT_RETRIEVAL,
    CLASSIFICATION,
    MULTIPLE_CHOICE,
    PASSAGE_RETRIEVAL,
    SPAN_QA,
    TAGGING,
    TEXT,
    Kind,
)
from xharness.specs.sources import Data


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

    `batch_size` counts examples between two optimiser steps; `max_length` and `stride` count sub-words.
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
    known, declared by one of the two.
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

    def column_map(self) -> Mapping[str, str]:
        """Return the kind's columns as the source's columns that the task names."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Classification(Task):
    """A text, or a pair, belongs to one of `labels`."""

    kind = CLASSIFICATION
    labels: tuple[str, ...]
    text: str = "text"
    text_pair: str | None = None
    label: str = "label"

    def column_map(self) -> Mapping[str, str]:
        """Map text, text_pair and label."""
        pair = {"text_pair": self.text_pair} if self.text_pair else {}
        return {"text": self.text, **pair, "label": self.label}


@dataclass(frozen=True, kw_only=True)
class MultipleChoice(Task):
    """One of a few choices follows from a context.

    `english` are questions that a context ends with in every language, and that stay as they are where it is
    translated.
    """

    kind = MULTIPLE_CHOICE
    tuning: Tuning = field(default_factory=lambda: Tuning(large_learning_rate=3e-5, selection="last"))
    context: str = "context"
    choices: str = "choices"
    label: str = "label"
    english: tuple[str, ...] = ()

    def column_map(self) -> Mapping[str, str]:
        """Map context, choices and label."""
        return {"context": self.context, "choices": self.choices, "label": self.label}


@dataclass(frozen=True, kw_only=True)
class Tagging(Task):
    """Every word of a sentence gets one of `labels`; without them, one of the tags of the training split.

    Those are then numbered in the order in which they first occur, and kept in the checkpoint.
    """

    kind = TAGGING
    labels: tuple[str, ...] = ()
    tokens: str = "tokens"
    tags: str = "tags"

    def column_map(self) -> Mapping[str, str]:
        """Map tokens and tags."""
        return {"tokens": self.tokens, "tags": self.tags}


@dataclass(frozen=True, kw_only=True)
class SpanQA(Task):
    """The answer to a question is a span of a context; with `unanswerable`, some questions have none there.

    Those are learnt as pointing to the first token, and predicted as the empty text.
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


@dataclass(frozen=True, kw_only=True)
class BitextRetrieval(Task):
    """Each query sentence is to find its translation among the documents."""

    kind = BITEXT_RETRIEVAL
    query: str = "query"
    document: str = "document"
    gold: str = "gold"

    def column_map(self) -> Mapping[str, str]:
        """Map query, document and gold."""
        return {"query": self.query, "document": self.document, "gold": self.gold}


@dataclass(frozen=True, kw_only=True)
class BitextMining(Task):
    """Translations are to be found between two large pools; a threshold is tuned on the dev split."""

    kind = BITEXT_MINING


@dataclass(frozen=True, kw_only=True)
class PassageRetrieval(Task):
    """The candidates that answer a query are to be ranked first, out of one pool for all languages.

    The pool is the split `candidates` of the languages `pools`, one after the other; by default of the task's own.
    `pool_size` is the official number of candidates. Queries are cut to `query_length` sub-words, candidates to
    `candidate_length`.
    """

    kind = PASSAGE_RETRIEVAL
    tuning: Tuning = field(default_factory=lambda: Tuning(epochs=3, batch_size=16, max_length=256, selection="last"))
    pools: tuple[str, ...] = ()
    pool_size: int = 0
    query_length: int = 96
    candidate_length: int = 256

    @property
    def pool(self) -> tuple[str, ...]:
        """Return the languages whose candidates make up the pool."""
        return self.pools or self.languages


@dataclass(frozen=True, kw_only=True)
class Corpus(Task):
    """Texts, a line each, that a model learns to fill in where they are masked; nothing is evaluated on them.

    The split `dev` is held out: what the model makes of it is measured before and after training.
    """

    kind = TEXT
    tuning: Tuning = field(
        default_factory=lambda: Tuning(
            epochs=1, learning_rate=5e-5, max_length=256, weight_decay=0.01, selection="last"
        )
    )
    test_split: str = "dev"
    text: str = "text"

    def column_map(self) -> Mapping[str, str]:
        """Map text."""
        return {"text": self.text}
