"""The tasks that the fine-tuned head of a checkpoint fits."""

from __future__ import annotations

from xharness.errors import few
from xharness.registry import Registry
from xharness.specs.findings import NOTE, OK, Finding
from xharness.specs.models import ModelInfo
from xharness.specs.tasks import Task

_SHOWN = 6


def fitting(info: ModelInfo, registry: Registry) -> list[Task]:
    """Return the tasks that a ready head predicts: of its capability, with its labels in any order."""
    labels = {label.casefold() for label in info.labels}
    return [
        task
        for task in registry.all("tasks")
        if task.kind.ways[0].native
        and task.kind.ways[0].capability in info.ready
        and task.kind.search is None
        and {label.casefold() for label in getattr(task, "labels", ())} in ({*labels}, set())
    ]


def head(info: ModelInfo, registry: Registry) -> list[Finding]:
    """Return which tasks the labels of a head fit; nothing for a checkpoint without such a head."""
    if not info.labels:
        return []
    tasks = [task.name for task in fitting(info, registry)]
    if tasks:
        return [Finding("checkpoint", "head", OK, f"its labels fit {few(tasks, _SHOWN)}", {"tasks": tasks})]
    return [Finding("checkpoint", "head", NOTE, "its labels fit no task, so a recipe replaces the head by a new one")]
