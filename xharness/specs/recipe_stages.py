"""Functions that build the stages of a recipe: fine-tuning, training on a mixture, translating, merging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xharness.errors import BadRequest
from xharness.specs.models import ModelInfo
from xharness.specs.stage_params import CorpusMix, Finetune, Lengths, Merge, Multitask, Pretrained, Shots, Translate
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import Task, Tuning
from xharness.specs.training import Lora, Mixing, Start

_NEW_HEAD = Start()
_NO_ORACLE = (
    "selection=oracle reads the dev splits of the evaluated languages, so only the last training, on the target task, "
    "can use it; use selection=dev or selection=last"
)


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The data of a fine-tuning: by default the task's training split in each of `languages`, all rows of it.

    `train` are other splits to train on, such as translations: one for each language, in the order of `languages`.
    `dev` are the dev splits of the evaluated languages, read only where an oracle selects the checkpoint.

    `rows` is the maximum number of rows of a language. With `shots` a few rows of each language are drawn. Languages of
    n rows are sampled in proportion to n ** exponent, as many rows as all have together; with 1 each row is taken once.
    With `shuffled` the labels of the rows are permuted: a control condition, in which nothing is learned of the task.
    """

    languages: tuple[str, ...]
    train: tuple[DataRef, ...] = ()
    dev: tuple[DataRef, ...] = ()
    rows: int | None = None
    shots: Shots | None = None
    exponent: float = 1.0
    shuffled: bool = False


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """The data of a training on several tasks at once: their training splits, and `texts`, a corpus, beside them.

    The order of the tasks does not matter. `mixing` says how they share the steps. `max_length` is the maximum number
    of tokens of an input; None takes that of each task's own tuning. With `shuffled` the labels of all tasks are
    permuted.
    """

    tasks: Sequence[Task]
    mixing: Mixing = field(default_factory=Mixing)
    texts: CorpusMix | None = None
    max_length: int | None = None
    shuffled: bool = False


def pretrained(model: ModelInfo) -> Stage:
    """Return the stage of the checkpoint as it was given, without training."""
    return Stage(params=Pretrained(adapter=model.adapter, fingerprint=model.fingerprint))


def finetune(
    base: Stage,
    task: Task,
    tuning: Tuning,
    data: TrainingData,
    *,
    seed: int,
    start: Start = _NEW_HEAD,
    lora: Lora | None = None,
) -> Stage:
    """Return the stage that fine-tunes the checkpoint of `base` on a task, with a new head unless `start` keeps one.

    The dev split in the first language selects the checkpoint, if `tuning` selects one. Of a corpus, the held-out texts
    in every language are read too. With `lora` only low-rank updates of `base` are trained and stored, not all weights.

    Raises BadRequest if the selection does not fit: the task has no dev score, or an oracle has no dev splits; and if
    labels are to be shuffled and the task has none.
    """
    _check_selection(task, tuning)
    if data.shuffled:
        _check_labels(task)
    params = Finetune(
        tuning=tuning,
        seed=seed,
        languages=tuple(sorted(data.languages)),
        selected_by=task.headline_names if tuning.selection in ("dev", ORACLE) else (),
        start=start,
        settings=task.kind.train_settings(task),
        exponent=data.exponent if len(data.languages) > 1 else 1.0,
        rows=data.rows,
        shots=data.shots and replace(data.shots, languages=_sorted(data.shots.languages)),
        lora=lora and replace(lora, targets=tuple(sorted(lora.targets))),
        shuffled=data.shuffled,
    )
    return Stage(params=params, inputs=(base,), data=_train_splits(task, data) | _dev_splits(task, tuning, data))


def _train_splits(task: Task, data: TrainingData) -> dict[str, DataRef]:
    """Return the splits to train on, by role."""
    splits = _roles("train", task, data.languages, data.shots.split if data.shots else "train")
    return dict(zip(splits, data.train, strict=True)) if data.train else splits


def _dev_splits(task: Task, tuning: Tuning, data: TrainingData) -> dict[str, DataRef]:
    """Return the splits that are evaluated during training, by role."""
    if task.kind.dev == "held-out":
        return _roles("dev", task, data.languages, "dev")
    if tuning.selection == ORACLE:
        if not data.dev:
            raise BadRequest(_NO_ORACLE)
        return {f"dev.{ref.language}": ref for ref in data.dev}
    return _roles("dev", task, data.languages[:1], "dev") if tuning.selection == "dev" else {}


def _sorted(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(names))


def _check_selection(task: Task, tuning: Tuning) -> None:
    """Raise BadRequest if a dev score is to select the checkpoint and the task has none."""
    if tuning.selection in ("dev", ORACLE) and task.kind.dev != "score":
        raise BadRequest(
            f"task '{task.name}' ({task.kind.name}) has no dev score to select a checkpoint by; use selection=last"
        )


def _check_labels(task: Task) -> None:
    if task.kind.shuffle is None:
        raise BadRequest(f"task '{task.name}' ({task.kind.name}) has no labels to shuffle; train on another task")


def _roles(role: str, task: Task, languages: Sequence[str], split: str) -> dict[str, DataRef]:
    """Return a split in each language, by role; where there are several languages, the role ends in the language."""
    return {role if len(languages) == 1 else f"{role}.{code}": DataRef(task.name, code, split) for code in languages}


def multitask(base: Stage, mixture: Mixture, tuning: Tuning, *, seed: int, head: str | None = None) -> Stage:
    """Return the stage that trains the encoder of `base` on several tasks at once, each with a new head.

    The head of the task named `head` is stored with the encoder; without it, the encoder alone. Raises BadRequest if
    `tuning` selects by an oracle, or a task has no dev score to select by.
    """
    if tuning.selection == ORACLE:
        raise BadRequest(_NO_ORACLE)
    tasks, texts = sorted(mixture.tasks, key=lambda task: task.name), mixture.texts
    for task in tasks:
        _check_selection(task, tuning)
        if mixture.shuffled:
            _check_labels(task)
    languages = {task.name: task.training.language for task in tasks if task.training}
    splits = ("train", "dev") if tuning.selection == "dev" else ("train",)
    data = {f"{split}.{name}": DataRef(name, code, split) for split in splits for name, code in languages.items()}
    data |= _corpus_splits(texts) if texts else {}
    every = [*tasks, texts.corpus] if texts else tasks
    params = Multitask(
        tuning=tuning,
        lengths={
            task.name: Lengths(mixture.max_length or task.tuning.max_length, task.tuning.stride) for task in every
        },
        mixing=mixture.mixing,
        seed=seed,
        languages=tuple(sorted({ref.language for ref in data.values()})),
        texts=texts,
        head=head,
        settings=_settings(tasks),
        selected_by={task.name: task.headline_names for task in tasks} if tuning.selection == "dev" else {},
        shuffled=mixture.shuffled,
    )
    return Stage(params=params, inputs=(base,), data=data)


def _corpus_splits(texts: CorpusMix) -> dict[str, DataRef]:
    """Return the splits of a corpus by role: texts to train on, and held-out texts."""
    name, roles = texts.corpus.name, ("train", "dev")
    return {f"{role}.{name}.{code}": DataRef(name, code, role) for role in roles for code in texts.languages}


def _settings(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return the settings of tasks by name: the tasks where a setting is on, or its value in each task."""
    settings: dict[str, dict[str, Any]] = {}
    for task in tasks:
        for name, value in task.kind.train_settings(task).items():
            settings.setdefault(name, {})[task.name] = value
    on_in_all = {name: all(value is True for value in values.values()) for name, values in settings.items()}
    return {name: list(values) if on_in_all[name] else values for name, values in settings.items()}


def translate(model: ModelInfo, split: DataRef, how: Translate) -> Stage:
    """Return the stage that translates a split with a checkpoint that can translate; labels are kept."""
    return Stage(params=how, inputs=(pretrained(model),), data={"examples": split})


def merge(base: Stage, others: Sequence[Stage], *, method: str, scale: float, density: float) -> Stage:
    """Return the stage that merges the encoders of checkpoints that were trained from `base`, in any order."""
    return Stage(params=Merge(method=method, scale=scale, density=density), inputs=(base, *others))
