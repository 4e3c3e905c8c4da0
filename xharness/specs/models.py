"""What a model plugin declares, and what a loaded model can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xharness.specs.kinds import Example
from xharness.specs.params import Param

if TYPE_CHECKING:
    import numpy as np

    from xharness.specs.tasks import Task, Tuning


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How checkpoints are loaded and run.

    `device` is `auto` or a torch device, `dtype` is `auto`, `float32` or `bfloat16`. With `exact` a result must not
    depend on what else is run with it. Pickled weights and code from the checkpoint are refused unless allowed.
    `on_tokens(n)` is to hear of real tokens computed. `bases` are the folders of the checkpoints that one of low-rank
    updates stands on, the nearest first, where the caller knows better than its own files.
    """

    device: str = "auto"
    dtype: str = "auto"
    exact: bool = False
    allow_pickle: bool = False
    allow_remote_code: bool = False
    on_tokens: Callable[[int], None] | None = None
    bases: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """What is known of a checkpoint from its small files, before anything is loaded.

    `fingerprint` names the content of its weights, configuration and tokenizer. `head` is the capability that a
    fine-tuned head gives (`classify`, `choose`, `tag`, `answer`, `translate`, and `embed` where the vectors were
    trained) or None;
    `labels` are the head's classes in order. `languages` are the codes of the languages that the model saw in
    pre-training, None where that is not known.
    """

    reference: str
    adapter: str
    path: Path
    revision: str | None
    fingerprint: str
    architecture: str
    hidden_size: int
    layers: int
    parameters: int
    bytes: int
    max_length: int
    head: str | None = None
    labels: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    languages: frozenset[str] | None = None


class LoadedModel(Protocol):
    """A model in memory. Beside this it has the methods of its capabilities, which the protocols below name.

    Each is a stream: it takes any iterable, reads ahead as far as it likes to fill its batches well, and yields one
    result an example in the order of the input, so that a caller can chain the examples of many languages.
    """

    def describe(self) -> Mapping[str, Any]:
        """Return what a reader of the results must know: device, dtype, layer, pooling, lengths (JSON values)."""


class Embeds(LoadedModel, Protocol):
    """A model that can `embed`."""

    def embed(self, texts: Iterable[str], max_length: int | None = None) -> Iterator[np.ndarray]:
        """Yield float32 blocks of shape (k, dimension) that, put together, hold one vector a text.

        `max_length` is how many sub-words of a text are read, where a task says so; a user's parameter wins.
        """


class Classifies(LoadedModel, Protocol):
    """A model that can `classify`."""

    def classify(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"prediction": label, "scores": [...]} an example of kind classification."""


class Chooses(LoadedModel, Protocol):
    """A model that can `choose`."""

    def choose(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"prediction": place from 0, "scores": [...]} an example of kind multiple-choice."""


class Tags(LoadedModel, Protocol):
    """A model that can `tag`."""

    def tag(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"prediction": [tag, ...]}, one tag a word, an example of kind tagging."""


class Answers(LoadedModel, Protocol):
    """A model that can `answer`."""

    def answer(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"id": id, "prediction": text, "score": logit sum} an example of kind span-qa.

        Where there may be no answer, `span` is the best one whatever was chosen, and `margin` the score of none above
        that of the span.
        """


class Translates(LoadedModel, Protocol):
    """A model that can `translate`."""

    def translate(self, texts: Iterable[str], source: str, target: str) -> Iterator[str]:
        """Yield the translation of each text from a language into another, given by their codes.

        BadRequest where the model does not translate between them.
        """


class _Load(Protocol):
    def __call__(
        self, path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
    ) -> LoadedModel: ...


@dataclass(frozen=True, kw_only=True)
class Lora:
    """Low-rank updates: what is learnt of a weight is alpha / rank times a product of two matrices of that rank.

    `targets` are the names of the encoder's modules that have them, `dropout` is upon their input. Heads and a pooler
    are trained whole. Hu et al. 2022, LoRA: Low-Rank Adaptation of Large Language Models, ICLR.
    """

    rank: int
    alpha: float
    dropout: float
    targets: tuple[str, ...]


# Scores what a model predicts for all rows of a dev split, in their order: the mean of the task's headline values.
Measure = Callable[[Sequence[Mapping[str, Any]]], float]


class _Finetune(Protocol):
    def __call__(
        self,
        path: Path,
        task: Task,
        tuning: Tuning,
        seed: int,
        train: Iterable[Example],
        dev: Iterable[Example] | None,
        out: Path,
        scratch: Path,
        options: LoadOptions,
        report: Callable[[Mapping[str, Any]], None],
        keep_head: bool = False,
        fresh_pooler: bool = False,
        lora: Lora | None = None,
        measure: Measure | None = None,
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A task's part of a training of several tasks at once; `tuning` gives its lengths, `measure` scores `dev`.

    `share` is the part of all steps that it gets beside those of the others, None where the mixing says so.
    """

    task: Task
    tuning: Tuning
    train: Iterable[Example]
    dev: Iterable[Example] | None
    measure: Measure | None = None
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """How the steps of several tasks are shared out: in proportion to min(examples, cap) ** exponent.

    An exponent of 1 is proportional sampling, 1/T that with a temperature of T, 0 uniform sampling.
    """

    cap: int | None = None
    exponent: float = 1.0


class _Multitask(Protocol):
    def __call__(
        self,
        path: Path,
        lessons: Sequence[Lesson],
        tuning: Tuning,
        mixing: Mixing,
        seed: int,
        out: Path,
        scratch: Path,
        options: LoadOptions,
        report: Callable[[Mapping[str, Any]], None],
        head: str | None = None,
    ) -> Mapping[str, Any]: ...


class _Merge(Protocol):
    def __call__(
        self,
        path: Path,
        others: Sequence[Path],
        method: str,
        scale: float,
        density: float,
        out: Path,
        options: LoadOptions,
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model plugin: an adapter round checkpoints of one form.

    `claims(path)` says whether a local folder is of its form. `inspect(path, reference, revision, options)` reads the
    small files of a folder and raises BadRequest where it is no checkpoint, lacks a tokenizer, or needs a consent that
    was not given. `load` gives the model with one capability ready; `finetune` trains a head on a task (a new one, or
    with `keep_head` the checkpoint's own; with `fresh_pooler` a new pooler too), writes a checkpoint folder to `out`
    and returns a report (steps, losses, selection, and `remarks` that readers of a score must see, each {code, facts},
    with `text` and `grave` where `xharness.specs.caveats` lacks the code); it keeps what it needs to resume in
    `scratch`. `multitask` does so with several tasks, one encoder and a new head for each; what it
    writes is the encoder, or with `head` the model with the head of that task. `merge` writes the encoder that
    `xharness.engine.merging` makes of checkpoints that `path` was trained to. `check(info, params)` raises BadRequest
    for parameters that a checkpoint cannot be run with. `lora` says that `finetune` can train low-rank updates; then it
    writes these and the head alone, and `load` finds their base.
    """

    name: str
    summary: str
    capabilities: frozenset[str]
    claims: Callable[[Path], bool]
    inspect: Callable[[Path, str, str | None, LoadOptions], ModelInfo]
    load: _Load
    finetune: _Finetune | None = None
    multitask: _Multitask | None = None
    merge: _Merge | None = None
    check: Callable[[ModelInfo, Mapping[str, Any]], None] | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    lora: bool = False
    api: int = 1
