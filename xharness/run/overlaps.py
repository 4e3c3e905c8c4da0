"""What a checkpoint has seen more often than it seems, or should not have seen: overlaps that tasks declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.specs.tasks import Task

Find = Callable[[str], Task]


def overlaps(predicting: Stage, find: Find) -> list[str]:
    """Say in what the data of a cell's trainings overlap each other, or the split that is evaluated.

    Rows that are trained on once, as all of zero-shot transfer, are no overlap.
    """
    stages = _stages(predicting)
    evaluated = predicting.data["examples"]
    trained = [(stage, ref) for stage in stages for ref in stage.refs("train")]
    return [
        *_repeated(trained, find),
        *_met(evaluated, [ref for _, ref in trained], "was trained on", find),
        *_met(evaluated, [ref for stage in stages for ref in stage.refs("dev")], "was chosen by", find),
        *_oracles(stages),
    ]


def _stages(predicting: Stage) -> list[Stage]:
    found: list[Stage] = []
    for stage in predicting.walk():
        if stage != predicting and stage not in found:
            found.append(stage)
    return found


def _oracles(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        if stage.params.get("tuning", {}).get("selection") == ORACLE:
            refs = stage.refs("dev")
            names = ", ".join(dict.fromkeys(ref.task for ref in refs))
            yield f"oracle: the checkpoint was chosen by the dev splits of {names} in {len(refs)} languages"


def _repeated(trained: list[tuple[Stage, DataRef]], find: Find) -> Iterator[str]:
    groups: dict[str, set[int]] = {}
    for (number, (_, ref)), (later, (_, other)) in combinations(enumerate(trained), 2):
        what = f"{ref.task} {ref.language} {ref.split}" if ref == other else _shared(ref, other, find)
        if what:
            groups.setdefault(what, set()).update((number, later))
    for what, numbers in groups.items():
        yield f"trained on more than once: {what} ({', '.join(_phase(*trained[number]) for number in sorted(numbers))})"


def _phase(stage: Stage, ref: DataRef) -> str:
    many = len({each.task for each in stage.refs("train")}) > 1
    return f"{ref.task} {'in a mixture' if many else 'for {:g} epochs'.format(stage.params['tuning']['epochs'])}"


def _met(evaluated: DataRef, refs: list[DataRef], how: str, find: Find) -> Iterator[str]:
    for ref in dict.fromkeys(refs):
        if ref == evaluated:
            yield f"the checkpoint {how} the evaluated split"
        elif what := _shared(ref, evaluated, find):
            yield f"the checkpoint {how} {ref.task} {ref.split}, which shares with the evaluated split: {what}"


def _shared(one: DataRef, other: DataRef, find: Find) -> str | None:
    """Return what one of two tasks declares that their splits share."""
    for mine, theirs in ((one, other), (other, one)):
        for overlap in find(mine.task).overlaps:
            if (overlap.split, overlap.task, overlap.other) == (mine.split, theirs.task, theirs.split):
                return overlap.what
    return None
