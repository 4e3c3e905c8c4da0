"""Select the way to ask a checkpoint a task, from the ways of its kind and the capabilities of the adapter."""

from __future__ import annotations

from dataclasses import replace

from xharness.registry import Registration, Registry
from xharness.specs.models import Model, ModelInfo
from xharness.specs.stages import Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way


def ways_of(task: Task, registry: Registry) -> tuple[Way, ...]:
    """Return the ways to ask a task: those of its kind, then those that plugins add to the kind."""
    added = [way for way in registry.all("ways") if way.kind == task.kind.name]
    return tuple(way for way in (*task.kind.ways, *added) if way.suits(task))


def listed(registry: Registry) -> list[Registration]:
    """Return every way with the plugin that declares it: those of each kind, then those that plugins add to it."""
    kinds = [registry.registration("kinds", name) for name in registry.names("kinds")]
    own = [Registration(replace(way, kind=entry.spec.name), entry.plugin) for entry in kinds for way in entry.spec.ways]
    added = [registry.registration("ways", name) for name in registry.names("ways")]
    return sorted([*own, *added], key=lambda entry: str(entry.spec.kind))


def choose(task: Task, checkpoint: Stage, model: Model, info: ModelInfo, registry: Registry) -> Way:
    """Return the first way that an adapter and a checkpoint support; the native way if they support none."""
    for way in ways_of(task, registry):
        if way.capability in model.capabilities and _ready(way, task, checkpoint, info):
            return way
    return task.kind.ways[0]


def _ready(way: Way, task: Task, checkpoint: Stage, info: ModelInfo) -> bool:
    """Return whether a checkpoint can be asked a task in a way without more training."""
    if way.capability in info.ready:
        return True
    return way.native and (
        bool(checkpoint.trained_on) or not task.kind.needs_finetuning or task.kind.search is not None
    )


def named(task: Task, name: str | None, registry: Registry) -> Way:
    """Return the way of a task with a name; the native way if `name` is None."""
    return next((way for way in ways_of(task, registry) if way.name == name), task.kind.ways[0])
