"""The parameters of each kind of stage: all that changes its artifact except data and needed stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from xharness.specs.prompts import Wording
from xharness.specs.tasks import Task, Tuning
from xharness.specs.training import Lora, Mixing, Start


class StageParams:
    """Base of the parameters of a stage kind.

    `kind` is the name of the stage kind, `version` the version of its code: raise it if the code makes other artifacts.
    `trains`: the artifact is a trained checkpoint. `keyed_by_request`: the key contains dtype and limit of the request.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    trains: ClassVar[bool] = False
    keyed_by_request: ClassVar[bool] = False

    def key(self) -> dict[str, Any]:
        """Return the parameters as the JSON values that enter the key of the artifact; defaults are left out."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Pretrained(StageParams):
    """The checkpoint of the request, or one that a parameter of the recipe names; nothing is computed."""

    kind = "pretrained"
    adapter: str
    fingerprint: str

    def key(self) -> dict[str, Any]:
        """Return all fields."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Shots:
    """A sample of `count` examples of a split, which depends on `count` and `draw` only.

    `languages` are the languages that are sampled; None: all training languages.
    """

    count: int
    draw: int
    split: str = "train"
    languages: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class CorpusMix:
    """A corpus for masked language modelling: at most the first `rows` lines of each language.

    Languages of n lines are sampled in proportion to n ** exponent. In a mixture with tasks, `share` is the fraction of
    all steps, between 0 and 1, that the corpus gets.
    """

    corpus: Task
    languages: tuple[str, ...]
    rows: int
    exponent: float
    share: float

    def key(self) -> dict[str, Any]:
        """Return what enters a key, without the languages, which the data of the stage contain."""
        return {"corpus": self.corpus.name, "rows": self.rows, "exponent": self.exponent, "share": self.share}


@dataclass(frozen=True, kw_only=True)
class InWords:
    """How a task is trained in words: the texts of a way, instead of examples for a head.

    `way` is the name and version of the way, `wordings` its words by the language of the examples, `params` the
    parameters of the adapter for the way.
    """

    way: tuple[str, int]
    wordings: Mapping[str, Wording]
    params: Mapping[str, Any] = field(default_factory=dict)

    def key(self) -> dict[str, Any]:
        """Return way, prompts by language, and the parameters of the adapter, if there are any."""
        return {
            "way": {"name": self.way[0], "version": self.way[1]},
            "prompts": {code: wording.key() for code, wording in sorted(self.wordings.items())},
            **({"params": dict(self.params)} if self.params else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Finetune(StageParams):
    """Training on one task.

    `languages` are the languages of the training rows, in sorted order; rows of other languages are refused.
    `selected_by` are the headline values that select a checkpoint, empty without selection. `settings` are those of the
    task's kind.
    Languages of n examples are sampled in proportion to n ** exponent; 1 uses every example once per epoch.
    Without `words` a head is trained. With `shuffled` the labels of the training rows are permuted.
    """

    kind = "finetune"
    trains = True
    keyed_by_request = True
    tuning: Tuning
    seed: int
    languages: tuple[str, ...]
    selected_by: tuple[str, ...] = ()
    start: Start = field(default_factory=Start)
    settings: Mapping[str, Any] = field(default_factory=dict)
    exponent: float = 1.0
    rows: int | None = None
    shots: Shots | None = None
    lora: Lora | None = None
    words: InWords | None = None
    shuffled: bool = False

    def key(self) -> dict[str, Any]:
        """Return tuning, seed and languages, and the other fields that differ from their defaults."""
        optional = {
            "chosen_by": list(self.selected_by),
            "keep_head": self.start.keep_head,
            "fresh_pooler": self.start.fresh_pooler,
            "rows": self.rows,
            "shots": self.shots and _shots(self.shots),
            "lora": self.lora and {**asdict(self.lora), "targets": sorted(self.lora.targets)},
            "words": self.words and self.words.key(),
            "shuffled": self.shuffled,
        }
        return {
            "tuning": asdict(self.tuning),
            "seed": self.seed,
            "languages": list(self.languages),
            **self.settings,
            **({"exponent": self.exponent} if self.exponent != 1 else {}),  # 0 is a value
            **{name: value for name, value in optional.items() if value},
        }


def _shots(shots: Shots) -> dict[str, Any]:
    few = {} if shots.languages is None else {"languages": sorted(shots.languages)}
    return {"count": shots.count, "draw": shots.draw, **few}


@dataclass(frozen=True)
class Lengths:
    """The input lengths of a task in a mixture, in tokens."""

    max_length: int
    stride: int


@dataclass(frozen=True, kw_only=True)
class Multitask(StageParams):
    """Training on a mixture of tasks, each with a head of its own; `head` names the task whose head is kept.

    `settings` are those of the kinds by name; `selected_by` are the headline values of each task that select a
    checkpoint, empty without selection. `texts` is masked language modelling beside the tasks. With `words`, by task,
    the tasks are trained in words; with `shuffled` the labels of their training rows are permuted.
    """

    kind = "multitask"
    trains = True
    keyed_by_request = True
    tuning: Tuning
    lengths: Mapping[str, Lengths]
    mixing: Mixing
    seed: int
    languages: tuple[str, ...]
    texts: CorpusMix | None = None
    head: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    selected_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, InWords] = field(default_factory=dict)
    shuffled: bool = False

    def key(self) -> dict[str, Any]:
        """Return the fields that are not empty."""
        optional = {
            "texts": self.texts and self.texts.key(),
            "head": self.head,
            "chosen_by": {name: list(values) for name, values in self.selected_by.items()},
            "words": {name: words.key() for name, words in self.words.items()},
            "shuffled": self.shuffled,
        }
        return {
            "tuning": asdict(self.tuning),
            "lengths": {name: asdict(lengths) for name, lengths in self.lengths.items()},
            "mixing": asdict(self.mixing),
            "seed": self.seed,
            "languages": list(self.languages),
            **self.settings,
            **{name: value for name, value in optional.items() if value},
        }


@dataclass(frozen=True, kw_only=True)
class Merge(StageParams):
    """Merging the encoders of several checkpoints without training; see `xharness.engine.merging`."""

    kind = "merge"
    method: str
    scale: float
    density: float

    def key(self) -> dict[str, Any]:
        """Return all fields."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Translate(StageParams):
    """Translating a split from the language `source` into `target`; `max_length` counts the tokens of a sentence.

    With `located`, answers are located in the translated context, and questions whose answer is not found are dropped.
    A context that ends with a text in `kept` keeps this end untranslated.
    """

    kind = "translate"
    keyed_by_request = True
    source: str
    target: str
    beams: int
    max_length: int
    rows: int | None = None
    located: bool = False
    kept: tuple[str, ...] = ()

    def key(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults."""
        optional = {"rows": self.rows, "located": self.located, "kept": list(self.kept)}
        return {
            "source": self.source,
            "target": self.target,
            "beams": self.beams,
            "max_length": self.max_length,
            **{name: value for name, value in optional.items() if value},
        }


@dataclass(frozen=True, kw_only=True)
class Noising(StageParams):
    """Changing the texts of a split with a noise.

    `settings` are those of the severity with the parameters of the user, `files` the digests of the files among them.
    `seeded_by` are task, language and split, which the random numbers depend on. `limit` keeps the first rows.
    `tables` are the versions of the tables of Unicode and of packages. The key holds the digests of files, not their
    paths.
    """

    kind = "noise"
    noise: str
    noise_version: int
    severity: int
    seed: int
    columns: tuple[str, ...]
    settings: Mapping[str, Any]
    seeded_by: tuple[str, str, str]
    tables: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None

    def key(self) -> dict[str, Any]:
        """Return all fields, without the paths of files."""
        settings = {name: value for name, value in self.settings.items() if name not in self.files}
        fields = {**vars(self), "settings": settings}
        return {**fields, "columns": list(self.columns), "seeded_by": list(self.seeded_by)}


@dataclass(frozen=True, kw_only=True)
class Loading:
    """How a model is loaded for inference: capability, parameters of its adapter, dtype.

    `unkeyed` are the parameters of the adapter that cannot change predictions.
    """

    adapter: str
    capability: str
    params: Mapping[str, Any]
    dtype: str
    exact: bool
    unkeyed: Mapping[str, Any] = field(default_factory=dict)

    def key(self) -> dict[str, Any]:
        """Return all fields except the parameters that cannot change predictions."""
        return {name: value for name, value in vars(self).items() if name != "unkeyed"}


@dataclass(frozen=True, kw_only=True)
class Embed(StageParams):
    """Embedding the candidates of a pool, cut to `max_length` tokens; `pool` are their languages, in order."""

    kind = "embed"
    loading: Loading
    max_length: int
    pool: tuple[str, ...]

    def key(self) -> dict[str, Any]:
        """Return all fields."""
        return {**self.loading.key(), "max_length": self.max_length, "pool": list(self.pool)}


@dataclass(frozen=True, kw_only=True)
class Predict(StageParams):
    """Predicting a split of a task.

    `task_kind` is the kind of the task, `settings` are the task's settings according to its kind. `way` is the name and
    version of the way to ask the task, `wording` its words; both are None for the native way of the kind.
    """

    kind = "predict"
    loading: Loading
    task_kind: str
    labels: tuple[str, ...]
    max_length: int
    stride: int
    limit: int | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    way: tuple[str, int] | None = None
    wording: Wording | None = None

    def key(self) -> dict[str, Any]:
        """Return all fields, way and prompt only where the way is not native."""
        asked = self.way and {
            "way": {"name": self.way[0], "version": self.way[1]},
            "prompt": self.wording and self.wording.key(),
        }
        return {
            **self.loading.key(),
            "kind": self.task_kind,
            "labels": list(self.labels),
            "max_length": self.max_length,
            "stride": self.stride,
            "limit": self.limit,
            **self.settings,
            **(asked or {}),
        }


@dataclass(frozen=True, kw_only=True)
class Attack(Noising):
    """Changing the texts of a split with the edits of a noise that lower the scores of a model most.

    `asked` is how the model predicts, `search` the name of the search. `candidates` are the edits that are tried for
    each word, `queries` the predictions that are allowed for each example.
    """

    kind = "attack"
    asked: Predict
    search: str
    candidates: int = 4
    queries: int = 200

    def key(self) -> dict[str, Any]:
        """Return all fields, without the paths of files."""
        return {**super().key(), "asked": self.asked.key()}
