"""What a checkpoint has seen more often than it seems, or should not have seen: overlaps that tasks declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from xharness.specs.caveats import Caveat, caveat
from xharness.specs.stage_params import Finetune
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import Task

Find = Callable[[str], Task]


def overlaps(predicting: Stage, find: Find) -> list[Caveat]:
    """Say in what the data of a cell's trainings overlap each other, or the split that is evaluated.

    Rows that are trained on once, as all of zero-shot transfer, are no overlap.
    """
    stages = _stages(predicting)
    evaluated = predicting.data["examples"]
    trained = [(stage, ref) for stage in stages for ref in stage.refs("train")]
    return [
        *_repeated(trained, find),
        *_met(evaluated, "train", [ref for _, ref in trained], find),
        *_met(evaluated, "dev", [ref for stage in stages for ref in stage.refs("dev")], find),
        *_oracles(stages),
    ]


def _stages(predicting: Stage) -> list[Stage]:
    found: list[Stage] = []
    for stage in predicting.walk():
        if stage != predicting and stage not in found:
            found.append(stage)
    return found


def _oracles(stages: list[Stage]) -> Iterator[Caveat]:
    for stage in stages:
        if isinstance(stage.params, Finetune) and stage.params.tuning.selection == ORACLE:
            refs = stage.refs("dev")
            yield caveat("oracle_selection", tasks=list(dict.fromkeys(ref.task for ref in refs)), languages=len(refs))


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
    """Return the task of a phase of training and its epochs, None in a mixture, where a task has no epochs."""
    many = len({each.task for each in stage.refs("train")}) > 1
    return {
        "task": ref.task,
        "epochs": stage.params.tuning.epochs if isinstance(stage.params, Finetune) and not many else None,
    }


_SEEN = {"train": "trained_on_evaluated_split", "dev": "selected_on_evaluated_split"}


def _met(evaluated: DataRef, role: str, refs: list[DataRef], find: Find) -> Iterator[Caveat]:
    for ref in dict.fromkeys(refs):
        if ref == evaluated:
            yield caveat(_SEEN[role])
        elif what := _shared(ref, evaluated, find):
            yield caveat("shares_examples", role=role, split=_split(ref), shared=what)


def _shared(one: DataRef, other: DataRef, find: Find) -> str | None:
    """Return what one of two tasks declares that their splits share."""
    for mine, theirs in ((one, other), (other, one)):
        for overlap in find(mine.task).overlaps:
            if (overlap.split, overlap.task, overlap.other) == (mine.split, theirs.task, theirs.split):
                return overlap.what
    return None
