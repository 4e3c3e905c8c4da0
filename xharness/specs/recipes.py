"""What a recipe declares: a pure function from (model, task, parameters) to the stages of a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from xharness.errors import BadRequest
from xharness.specs.caveats import Caveat
from xharness.specs.models import ModelInfo
from xharness.specs.params import Param
from xharness.specs.stage_params import CorpusMix, Finetune, Lengths, Merge, Multitask, Pretrained, Shots, Translate
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import Task, Tuning
from xharness.specs.training import Lora, Mixing, Start
from xharness.specs.ways import Way


def _no_model(reference: str) -> ModelInfo:
    raise BadRequest(f"model '{reference}': no other checkpoint can be looked up here")


@dataclass(frozen=True, kw_only=True)
class RecipeInput:
    """What a recipe is asked for: the model made fit for `task`.

    `trainer` is the task whose training split serves `task` (itself, or as SQuAD for XQuAD), None where nothing is
    trained. `language` is the one that will be evaluated: a recipe that looks at it makes a checkpoint for each
    language. `ways` are those in which the task can be asked, the preferred first. `params` holds every parameter of
    the recipe, defaults filled in. `find` looks up any other task by name, `find_model` any other checkpoint by what a
    user calls it; BadRequest where there is none.
    """

    model: ModelInfo
    task: Task
    trainer: Task | None
    language: str
    params: Mapping[str, Any]
    seed: int
    find: Callable[[str], Task]
    ways: tuple[Way, ...] = ()
    find_model: Callable[[str], ModelInfo] = _no_model


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What is predicted on instead of an evaluated split: one row for each of its rows, in the same order.

    `language` is that of the rows. `gold` says whose gold holds: that of the evaluated split (`examples`), or that of
    the rows themselves (`inputs`), which is then scored in their language; None leaves it to the kind of the task.
    `caveat` is what a reader of the score must know; the run adds a caveat of its own where other gold holds.
    """

    ref: DataRef
    language: str
    gold: Literal["examples", "inputs"] | None = None
    caveat: Caveat | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe plugin.

    `checkpoint(wish)` returns the stage whose artifact is the checkpoint to evaluate. `inputs(wish, split)` returns
    what is predicted on instead of the evaluated split, None where it is the split itself. Both raise BadRequest where
    model and task do not fit, and BadParameter for a value of a parameter that is wrong for every task. They must be
    pure: the same wish, the same stages.
    """

    name: str
    summary: str
    checkpoint: Callable[[RecipeInput], Stage]
    inputs: Callable[[RecipeInput, DataRef], Inputs | None] | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    api: int = 1


_NO_ORACLE = "selection=oracle looks at the languages of the target, so it is for the target's own phase alone"


def pretrained(model: ModelInfo) -> Stage:
    """Return the stage that stands for the checkpoint as it was given."""
    return Stage(params=Pretrained(adapter=model.adapter, fingerprint=model.fingerprint))


def finetune(  # noqa: PLR0913 - each is one choice of a recipe
    start: Stage,
    task: Task,
    tuning: Tuning,
    *,
    language: str | tuple[str, ...],
    seed: int,
    keep_head: bool = False,
    fresh_pooler: bool = False,
    shots: Shots | None = None,
    exponent: float = 1.0,
    rows: int | None = None,
    train: Sequence[DataRef] = (),
    dev: Sequence[DataRef] = (),
    lora: Lora | None = None,
) -> Stage:
    """Return the stage that fine-tunes `start` on a task's training split in one language, or in several together.

    Where the dev split selects, it is that of the first language. A new head is trained, or with `keep_head` the one
    that `start` was trained with; with `fresh_pooler` a new pooler too, where the model has one. With `shots` a few
    examples of the split are drawn. Languages of n examples have a
    part in proportion to n ** exponent in as many examples as all have together: with 1 each example is there once.
    `rows` are taken of each language at most. Of a corpus, what is held out in every language is read too.
    `train` names other splits than the training splits, one a language in the same order, as translations of English;
    `dev` the dev splits of the evaluated languages, one each, for an oracle: those that are not there are left out.
    With `lora` low-rank updates are trained instead of all weights, and kept alone: they stand on `start`.
    """
    _check_selection(task, tuning)
    languages = (language,) if isinstance(language, str) else language
    split = shots.split if shots else "train"
    data = _roles("train", task, languages, split)
    if train:
        data = dict(zip(data, train, strict=True))
    if task.kind.dev == "held-out":
        data |= _roles("dev", task, languages, "dev")
    elif tuning.selection == ORACLE:
        if not dev:
            raise BadRequest(_NO_ORACLE)
        data |= {f"dev.{ref.language}": ref for ref in dev}
    elif tuning.selection == "dev":
        data |= _roles("dev", task, languages[:1], "dev")
    params = Finetune(
        tuning=tuning,
        seed=seed,
        languages=tuple(sorted(languages)),
        selected_by=task.headline_names if tuning.selection in ("dev", ORACLE) else (),
        start=Start(keep_head=keep_head, fresh_pooler=fresh_pooler),
        settings=task.kind.train_settings(task),
        exponent=exponent if len(languages) > 1 else 1.0,
        rows=rows,
        shots=shots and replace(shots, languages=_sorted(shots.languages)),
        lora=lora and replace(lora, targets=tuple(sorted(lora.targets))),
    )
    return Stage(params=params, inputs=(start,), data=data)


def _sorted(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(names))


def _check_selection(task: Task, tuning: Tuning) -> None:
    """Raise BadRequest where a checkpoint cannot be chosen by a dev score of a task, which has none."""
    if tuning.selection in ("dev", ORACLE) and task.kind.dev != "score":
        raise BadRequest(
            f"task '{task.name}' ({task.kind.name}) has no dev score to choose a checkpoint by; use selection=last"
        )


def _roles(role: str, task: Task, languages: Sequence[str], split: str) -> dict[str, DataRef]:
    """Return the splits of a role by name, that of the language too where there are several."""
    return {role if len(languages) == 1 else f"{role}.{code}": DataRef(task.name, code, split) for code in languages}


def multitask(  # noqa: PLR0913 - each is one choice of a recipe
    start: Stage,
    tasks: Sequence[Task],
    tuning: Tuning,
    mixing: Mixing,
    *,
    seed: int,
    head: str | None = None,
    max_length: int | None = None,
    texts: CorpusMix | None = None,
) -> Stage:
    """Return the stage that trains the encoder of `start` on the training splits of several tasks at once.

    Each task has a new head, and the lengths of its own tuning unless `max_length` is given. With `head` the head of
    that task is kept. The order of the tasks does not matter. `texts` are filled in beside the tasks.
    """
    if tuning.selection == ORACLE:
        raise BadRequest(_NO_ORACLE)
    tasks = sorted(tasks, key=lambda task: task.name)
    for task in tasks:
        _check_selection(task, tuning)
    languages = {task.name: task.training.language for task in tasks if task.training}
    splits = ("train", "dev") if tuning.selection == "dev" else ("train",)
    data = {f"{split}.{name}": DataRef(name, code, split) for split in splits for name, code in languages.items()}
    data |= _splits(texts) if texts else {}
    every = [*tasks, texts.corpus] if texts else tasks
    params = Multitask(
        tuning=tuning,
        lengths={task.name: Lengths(max_length or task.tuning.max_length, task.tuning.stride) for task in every},
        mixing=mixing,
        seed=seed,
        languages=tuple(sorted({ref.language for ref in data.values()})),
        texts=texts,
        head=head,
        settings=_settings(tasks),
        selected_by={task.name: task.headline_names for task in tasks} if tuning.selection == "dev" else {},
    )
    return Stage(params=params, inputs=(start,), data=data)


def _splits(texts: CorpusMix) -> dict[str, DataRef]:
    """Return the splits of a corpus by role: texts to train on, and those that are held out."""
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


def translate(  # noqa: PLR0913 - each is one choice of a recipe
    model: ModelInfo,
    split: DataRef,
    *,
    source: str,
    target: str,
    beams: int,
    max_length: int,
    rows: int | None = None,
    located: bool = False,
    kept: Sequence[str] = (),
) -> Stage:
    """Return the stage that translates a split, or its first `rows`, with a model that can translate.

    Labels are kept. With `located` the answers of questions are found again in the translated context, and questions
    where that fails are dropped; without, each answer is translated by itself. `kept` are ends of contexts that stay as
    they are. `max_length` is in tokens a sentence.
    """
    params = Translate(
        source=source, target=target, beams=beams, max_length=max_length, rows=rows, located=located, kept=tuple(kept)
    )
    return Stage(params=params, inputs=(pretrained(model),), data={"examples": split})


def merge(base: Stage, others: Sequence[Stage], *, method: str, scale: float, density: float) -> Stage:
    """Return the stage that merges the encoders of checkpoints that were trained from `base`, in any order."""
    return Stage(params=Merge(method=method, scale=scale, density=density), inputs=(base, *others))
