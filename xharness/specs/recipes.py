"""What a recipe declares: a pure function from (model, task, parameters) to the stages of a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from xharness.specs.models import Mixing, ModelInfo
from xharness.specs.params import Param
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import PassageRetrieval, SpanQA, Task, Tuning


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a recipe is asked for: the model made fit for `task`.

    `trainer` is the task whose training split serves `task` (itself, or as SQuAD for XQuAD), None where nothing
    is trained. `language` is the one that will be evaluated: a recipe that looks at it makes a checkpoint for each
    language. `params` holds every parameter of the recipe, defaults filled in. `find` looks up any other task by name;
    BadRequest where there is none.
    """

    model: ModelInfo
    task: Task
    trainer: Task | None
    language: str
    params: Mapping[str, Any]
    seed: int
    find: Callable[[str], Task]


@dataclass(frozen=True, kw_only=True)
class Shots:
    """A few examples of a split: `count` of them, which ones depends on `count` and `draw` alone."""

    count: int
    draw: int
    split: str = "train"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe plugin.

    `checkpoint(wish)` returns the stage whose artifact is the checkpoint to evaluate. It raises BadRequest where
    model and task do not fit. It must be pure: the same wish, the same stages.
    """

    name: str
    summary: str
    checkpoint: Callable[[Wish], Stage]
    params: Mapping[str, Param] = field(default_factory=dict)
    api: int = 1


def pretrained(model: ModelInfo) -> Stage:
    """Return the stage that stands for the checkpoint as it was given."""
    return Stage(
        kind="pretrained",
        params={"adapter": model.adapter, "fingerprint": model.fingerprint},
    )


def finetune(
    start: Stage,
    task: Task,
    tuning: Tuning,
    *,
    language: str | tuple[str, ...],
    seed: int,
    keep_head: bool = False,
    shots: Shots | None = None,
    exponent: float = 1.0,
) -> Stage:
    """Return the stage that fine-tunes `start` on a task's training split in one language, or in several together.

    Where the dev split selects, it is that of the first language. A new head is trained, or with `keep_head` the one
    that `start` was trained with. With `shots` a few examples of the split are drawn. Languages of n examples have a
    part in proportion to n ** exponent in as many examples as all have together: with 1 each example is there once.
    """
    languages = (language,) if isinstance(language, str) else language
    split = shots.split if shots else "train"
    data = {"train" if len(languages) == 1 else f"train.{code}": DataRef(task.name, code, split) for code in languages}
    if tuning.selection == "dev":
        data["dev"] = DataRef(task.name, languages[0], "dev")
    params = {"tuning": asdict(tuning), "seed": seed, "languages": sorted(languages)}
    if keep_head:
        params["keep_head"] = True
    if isinstance(task, SpanQA) and task.unanswerable:
        params["unanswerable"] = True
    if isinstance(task, PassageRetrieval):
        params |= {"query_length": task.query_length, "candidate_length": task.candidate_length}
    if exponent != 1 and len(languages) > 1:
        params["exponent"] = exponent
    if shots:
        params["shots"] = {"count": shots.count, "draw": shots.draw}
    return Stage(kind="finetune", params=params, inputs=(start,), data=data)


def multitask(
    start: Stage,
    tasks: Sequence[Task],
    tuning: Tuning,
    mixing: Mixing,
    *,
    seed: int,
    head: str | None = None,
    max_length: int | None = None,
) -> Stage:
    """Return the stage that trains the encoder of `start` on the training splits of several tasks at once.

    Each task has a new head, and the lengths of its own tuning unless `max_length` is given. With `head` the head of
    that task is kept. The order of the tasks does not matter.
    """
    tasks = sorted(tasks, key=lambda task: task.name)
    languages = {task.name: task.training.language for task in tasks if task.training}
    splits = ("train", "dev") if tuning.selection == "dev" else ("train",)
    unanswerable = [task.name for task in tasks if isinstance(task, SpanQA) and task.unanswerable]
    return Stage(
        kind="multitask",
        params={
            "tuning": asdict(tuning),
            "lengths": {
                task.name: {"max_length": max_length or task.tuning.max_length, "stride": task.tuning.stride}
                for task in tasks
            },
            "mixing": asdict(mixing),
            "seed": seed,
            "languages": sorted(set(languages.values())),
            **({"head": head} if head else {}),
            **({"unanswerable": unanswerable} if unanswerable else {}),
        },
        inputs=(start,),
        data={f"{split}.{name}": DataRef(name, code, split) for split in splits for name, code in languages.items()},
    )


def merge(base: Stage, others: Sequence[Stage], *, method: str, scale: float, density: float) -> Stage:
    """Return the stage that merges the encoders of checkpoints that were trained from `base`, in any order."""
    return Stage(
        kind="merge",
        params={"method": method, "scale": scale, "density": density},
        inputs=(base, *others),
    )
