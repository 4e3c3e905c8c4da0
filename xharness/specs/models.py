"""What a model plugin declares, and what a loaded model can do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xharness.data.hub.cache import USUAL, HubCache
from xharness.specs.findings import Finding
from xharness.specs.kinds import Example
from xharness.specs.params import Param
from xharness.specs.ways import Continuation, Filled, Generation, Slots, Text

if TYPE_CHECKING:
    import numpy as np

    from xharness.specs.tasks import Task
    from xharness.specs.training import Training

LIVE = "live:"
"""How the reference of a model object begins, which was in memory and has no checkpoint that can be given again."""


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How checkpoints are loaded and run.

    `device` is `auto` or a torch device, `dtype` is `auto`, `float32` or `bfloat16`. With `exact` the result of an
    example must not depend on other examples. Pickled weights and code from the checkpoint are refused unless allowed.
    `on_tokens(n)` is called with the number of tokens computed, without padding. `bases` are the folders of the base
    checkpoints of low-rank updates, the nearest first; they override the base that the updates' own files name. `cache`
    is a folder of the store in which an adapter may keep files between runs, None without a store. `shared` is one
    dictionary for all models that a run loads in one process; an adapter uses a key that begins with its name. `hub` is
    the cache of checkpoints from the hub.
    """

    device: str = "auto"
    dtype: str = "auto"
    exact: bool = False
    allow_pickle: bool = False
    allow_remote_code: bool = False
    on_tokens: Callable[[int], None] | None = None
    bases: tuple[Path, ...] = ()
    cache: Path | None = None
    hub: HubCache = USUAL
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """The metadata of a checkpoint, read from its small files before weights are loaded.

    `fingerprint` is a digest of its weights, configuration and tokenizer. `ready` are the capabilities that need no
    training: that of a fine-tuned head (`classify`, `choose`, `tag`, `answer`), `embed` if the vectors were
    trained, and those of models that read and write text (`loglikelihood`, `generate`, `fill_slots`, `translate`).
    `labels` are the classes of the head in order. `languages` are the codes of the pre-training languages, None if
    unknown. `parameters` is 0 if their number is unknown. `capabilities` are those of the adapter that this
    checkpoint has, None: all. `dtype` is the number format of a model that computes elsewhere, None: that of the
    request.
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
    ready: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    languages: frozenset[str] | None = None
    capabilities: frozenset[str] | None = None
    dtype: str | None = None


class LoadedModel(Protocol):
    """A model in memory. It also has the methods of its capabilities, which the protocols below declare.

    It may have a method `token_ids(texts)`, which returns the token ids of each text, without special tokens and
    uncut: with it a run counts the examples in which the tokenizer does not undo a noise.

    Each method is a stream: it takes any iterable, may read ahead to fill its batches, and yields one result for each
    example, in the order of the input. A caller can therefore chain the examples of many languages.
    """

    def describe(self) -> Mapping[str, Any]:
        """Return the settings to report with the results: device, dtype, layer, pooling, lengths (JSON values).

        `remarks` are what readers of a score must know of the checkpoint, each {code, facts}, as in the report of a
        training; each becomes a caveat.
        """


class Embeds(LoadedModel, Protocol):
    """A model that can `embed`."""

    def embed(self, texts: Iterable[str], max_length: int | None = None) -> Iterator[np.ndarray]:
        """Yield float32 blocks of shape (k, dimension); concatenated, they hold one vector for each text.

        `max_length` is the task's limit on the tokens of a text, None for no limit; a user's parameter overrides it.
        A model that embeds queries and documents differently also has the keyword argument `role`: `query`,
        `document`, or None for texts of a symmetric search.
        """


class Classifies(LoadedModel, Protocol):
    """A model that can `classify`."""

    def classify(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"prediction": label, "scores": [...]} for each example of kind classification."""


class Chooses(LoadedModel, Protocol):
    """A model that can `choose`."""

    def choose(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"prediction": index from 0, "scores": [...]} for each example of kind multiple-choice."""


class Tags(LoadedModel, Protocol):
    """A model that can `tag`."""

    def tag(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"prediction": [tag, ...]}, one tag for each word, for each example of kind tagging."""


class Answers(LoadedModel, Protocol):
    """A model that can `answer`."""

    def answer(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield {"id": id, "prediction": text, "score": logit sum} for each example of kind span-qa.

        If questions may be unanswerable, each row also has `span`, the best span even if the prediction is no answer,
        and `margin`, the score of no answer minus the score of that span.
        """


class Likelihoods(LoadedModel, Protocol):
    """A model that has the capability `loglikelihood`."""

    def loglikelihood(self, requests: Iterable[Continuation]) -> Iterator[float]:
        """Yield the log-likelihood of each text given its context: natural logarithm, summed over tokens.

        It is a `ShortenedScore` where the model did not read the whole context.
        """


class Generates(LoadedModel, Protocol):
    """A model that can `generate`."""

    def generate(self, requests: Iterable[Generation]) -> Iterator[Text]:
        """Yield what the model writes after each context, up to the first stop text, which is not part of it."""


class FillsSlots(LoadedModel, Protocol):
    """A model that can `fill_slots`."""

    def fill_slots(self, requests: Iterable[Slots]) -> Iterator[Filled]:
        """Yield which choice fills each slot, given the context, the text before it and the choices before it."""


class Translates(LoadedModel, Protocol):
    """A model that can `translate`."""

    def translate(self, texts: Iterable[str], source: str, target: str) -> Iterator[str]:
        """Yield the translation of each text from one language into another, given by their codes.

        Raises BadRequest if the model does not translate between the two.
        """


class _Load(Protocol):
    def __call__(
        self, path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
    ) -> LoadedModel: ...


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
    """A model plugin: an adapter for checkpoints of one format.

    `claims(path)` returns a priority above 0 if the adapter supports a local folder, else None; the adapter with the
    highest priority is used. `inspect(path, reference, revision, options)` reads the small files of a folder; it raises
    BadRequest if the folder is not a checkpoint, has no tokenizer, or needs a permission that the options do not give.
    `load` returns the model, ready for one capability. `check(info, params)` raises BadRequest for parameters that do
    not fit the checkpoint. `settle(info, params)` returns the parameters with the values that the checkpoint declares
    for those that the user has not set; they enter keys, records and `load`, without those that it leaves out.
    `chat_template(info, params)` returns a digest of the template that requests are put into, the empty text for none:
    it enters the key of predictions, the record and the signatures. `probe(info, params)` asks a model that computes
    elsewhere for one short answer, and raises BadRequest if no request can succeed, as when its server is down; a run
    calls it before any work, if there is work that needs the model. `check_up(path, words, options)` yields what
    `xharness check` reports of a folder beyond its metadata, such as its tokenizer; `words` are synthetic words by
    language.

    `train(training)` trains as a `Training` says, writes one checkpoint folder, and returns a report as JSON values:
    steps, loss, dev scores, the selected step, and under `remarks` what readers of a score must know: {code, facts},
    with `text` and `grave` if the code is not in `xharness.specs.caveats`. `trainings` names the stage kinds
    that `train` supports: `finetune` (one task) and `multitask` (several tasks in one training). `lora` says whether a
    `finetune` can train low-rank updates; it then writes these and the head only, and `load` finds their base
    checkpoint. `words` says whether it trains in words, without a head, for all its capabilities that ask in words.
    `warm_start`, if not empty: its checkpoints are encoders, and a training in words makes a model that reads and
    writes text of one. Trainings on tasks with a head then train the head, and a model that was not trained in words is
    not asked in words; the text says which training to add.
    `merge` writes the encoder that `xharness.engine.merging` makes of checkpoints that were trained from `path`. The
    plan refuses what an adapter does not support before any work.
    """

    name: str
    summary: str
    capabilities: frozenset[str]
    claims: Callable[[Path], int | None]
    inspect: Callable[[Path, str, str | None, LoadOptions], ModelInfo]
    load: _Load
    train: Callable[[Training], Mapping[str, Any]] | None = None
    trainings: frozenset[str] = frozenset({"finetune"})
    lora: bool = False
    words: bool = False
    warm_start: str = ""
    merge: _Merge | None = None
    check: Callable[[ModelInfo, Mapping[str, Any]], None] | None = None
    chat_template: Callable[[ModelInfo, Mapping[str, Any]], str] | None = None
    probe: Callable[[ModelInfo, Mapping[str, Any]], None] | None = None
    check_up: Callable[[Path, Mapping[str, Sequence[str]], LoadOptions], Iterable[Finding]] | None = None
    settle: Callable[[ModelInfo, Mapping[str, Any]], Mapping[str, Any]] | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    api: int = 1

    def can_do(self, kind: str) -> bool:
        """Return whether the adapter supports stages of a kind; True for kinds that use none of its methods."""
        if kind in ("finetune", "multitask"):
            return self.train is not None and kind in self.trainings
        return kind != "merge" or self.merge is not None

    def training_params(self, given: Mapping[str, Any], capabilities: Collection[str]) -> dict[str, Any]:
        """Return the parameters, by name, that a training on tasks of some capabilities uses, without defaults."""
        used = {name: param for name, param in self.params.items() if param.trains and name in given}
        return {
            name: given[name]
            for name, param in used.items()
            if param.capability in ("", *capabilities) and given[name] != param.default
        }
