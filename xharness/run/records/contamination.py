"""Overlaps between the data of trainings and the evaluated split, as tasks declare them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from xharness.specs.caveats import Caveat, caveat
from xharness.specs.stage_params import Finetune, Multitask
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import Task

Find = Callable[[str], Task]


def overlaps(predicting: Stage, find: Find) -> list[Caveat]:
    """Return the overlaps of the trainings of a cell with each other and with the evaluated split, as caveats.

    Rows that are trained on once are not an overlap.
    """
    stages = _stages(predicting)
    evaluated = predicting.data["examples"]
    trained = [(stage, ref) for stage in stages for ref in stage.refs("train")]
    return [
        *_repeated(trained, find),
        *_overlapping(evaluated, "train", [ref for _, ref in trained], find),
        *_overlapping(evaluated, "dev", [ref for stage in stages for ref in stage.refs("dev")], find),
        *_oracles(stages),
        *_shuffled(stages),
    ]


def _stages(predicting: Stage) -> list[Stage]:
    stages: list[Stage] = []
    for stage in predicting.walk():
        if stage != predicting and stage not in stages:
            stages.append(stage)
    return stages


def _oracles(stages: list[Stage]) -> Iterator[Caveat]:
    for stage in stages:
        if isinstance(stage.params, Finetune) and stage.params.tuning.selection == ORACLE:
            refs = stage.refs("dev")
            yield caveat("oracle_selection", tasks=list(dict.fromkeys(ref.task for ref in refs)), languages=len(refs))


def _shuffled(stages: list[Stage]) -> Iterator[Caveat]:
    for stage in stages:
        if isinstance(stage.params, Finetune | Multitask) and stage.params.shuffled:
            yield caveat("shuffled_labels", tasks=list(dict.fromkeys(ref.task for ref in stage.refs("train"))))


def _repeated(trained: list[tuple[Stage, DataRef]], find: Find) -> Iterator[Caveat]:
    groups: dict[DataRef | str, set[int]] = {}
    for (number, (_, ref)), (later, (_, other)) in combinations(enumerate(trained), 2):
        what = ref if ref == other else _shared(ref, other, find)
        if what:
            groups.setdefault(what, set()).update((number, later))
    for what, numbers in groups.items():
        fact = {"shared": what} if isinstance(what, str) else {"split": _split(what)}
        yield caveat("trained_twice", **fact, phases=[_phase(*trained[number]) for number in sorted(numbers)])


def _split(ref: DataRef) -> list[str]:
    return [ref.task, ref.language, ref.split]


def _phase(stage: Stage, ref: DataRef) -> dict[str, Any]:
    """Return the task and epochs of a training phase; epochs is None in a mixture, where tasks have none."""
    many = len({each.task for each in stage.refs("train")}) > 1
    return {
        "task": ref.task,
        "epochs": stage.params.tuning.epochs if isinstance(stage.params, Finetune) and not many else None,
    }


_SEEN = {"train": "trained_on_evaluated_split", "dev": "selected_on_evaluated_split"}


def _overlapping(evaluated: DataRef, role: str, refs: list[DataRef], find: Find) -> Iterator[Caveat]:
    for ref in dict.fromkeys(refs):
        if ref == evaluated:
            yield caveat(_SEEN[role])
        elif what := _shared(ref, evaluated, find):
            yield caveat("shares_examples", role=role, split=_split(ref), shared=what)


def _shared(one: DataRef, other: DataRef, find: Find) -> str | None:
    """Return the content that two splits share, if the task of one of them declares it."""
    for mine, theirs in ((one, other), (other, one)):
        for overlap in find(mine.task).overlaps:
            if (overlap.split, overlap.task, overlap.other) == (mine.split, theirs.task, theirs.split):
                return overlap.what
    return None
