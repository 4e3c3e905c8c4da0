"""Select the way to ask a checkpoint a task, from the ways of its kind and the capabilities of the adapter."""

from __future__ import annotations

from xharness.registry import Registry
from xharness.specs.models import Model, ModelInfo
from xharness.specs.stages import Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way


def ways_of(task: Task, registry: Registry) -> tuple[Way, ...]:
    """Return the ways in which a task can be asked: those of its kind, then those that plugins add to it."""
    added = [way for way in registry.all("ways") if way.kind == task.kind.name]
    return tuple(way for way in (*task.kind.ways, *added) if way.suits(task))


def choose(task: Task, checkpoint: Stage, model: Model, info: ModelInfo, registry: Registry) -> Way:
    """Return the first way in which an adapter can ask a task of a checkpoint; the native one where none fits."""
    for way in ways_of(task, registry):
        if way.capability in model.capabilities and _ready(way, task, checkpoint, info):
            return way
    return task.kind.ways[0]


def _ready(way: Way, task: Task, checkpoint: Stage, info: ModelInfo) -> bool:
    """Say whether a checkpoint needs no more training to be asked a task in a way."""
    if way.capability in info.ready:
        return True
    return way.native and (
        bool(checkpoint.trained_on) or not task.kind.needs_finetuning or task.kind.search is not None
    )


def named(task: Task, name: str | None, registry: Registry) -> Way:
    """Return the way of a name that a task is asked in, the native one for None."""
    return next((way for way in ways_of(task, registry) if way.name == name), task.kind.ways[0])
