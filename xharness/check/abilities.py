"""What a checkpoint can do: by which ways each kind of task can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xharness.errors import few
from xharness.registry import Registry
from xharness.specs.findings import NOTE, OK, Finding
from xharness.specs.kinds import Kind
from xharness.specs.models import Model, ModelInfo
from xharness.specs.tasks import Task
from xharness.specs.ways import Way, verb
from xharness.ways import ways_of

_SHOWN = 3


def abilities(model: Model, info: ModelInfo, registry: Registry) -> Iterator[Finding]:
    """Yield one finding for each kind of task: its ways that the checkpoint supports, and the tasks."""
    for kind in registry.all("kinds"):
        tasks = [task for task in registry.all("tasks") if task.kind.name == kind.name]
        ways = _ways(kind, tasks, model, info, registry)
        facts = {"ways": list(ways), "tasks": [task.name for task in tasks]}
        if ways:
            said = ", ".join(f"{name} ({when})" if when else name for name, when in ways.items())
            named = few(facts["tasks"], _SHOWN) or "no task"
            yield Finding("tasks", kind.name, OK, f"{said}: {named}", facts)
        else:
            needs = " or ".join(dict.fromkeys(verb(way.capability) for way in kind.ways))
            found = f"cannot be asked: the adapter '{model.name}' cannot {needs} with it"
            yield Finding("tasks", kind.name, NOTE, found, facts)


def _ways(kind: Kind, tasks: Sequence[Task], model: Model, info: ModelInfo, registry: Registry) -> dict[str, str]:
    """Return the names of the supported ways, each with what it needs before: "" for nothing."""
    offered = {way.name: way for task in tasks for way in ways_of(task, registry)} or {kind.ways[0].name: kind.ways[0]}
    found = {name: _when(way, kind, model, info) for name, way in offered.items()}
    return {name: when for name, when in found.items() if when is not None}


def _when(way: Way, kind: Kind, model: Model, info: ModelInfo) -> str | None:
    """Return what must happen before a way can be used, "" for nothing; None if the checkpoint cannot be used so."""
    if way.capability not in model.capabilities:
        return None
    if way.capability in info.ready or (way.native and not kind.needs_finetuning):
        return ""
    trains = model.train is not None and model.can_do("finetune")
    return "after fine-tuning" if way.native and trains else None
