"""The labels of a task and the classes of a head, matched by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from xharness import BadRequest, Tagging, Task

_PLACEHOLDER = re.compile(r"LABEL_\d+")


def task_labels(task: Task) -> tuple[str, ...]:
    """Return the labels of a task, none if its kind has no labels."""
    return tuple(getattr(task, "labels", ()))


def with_labels(task: Task, labels: Iterable[str]) -> Task:
    """Return a task with the given labels if it is a tagging task that declares none, else the task as it is.

    Such a task takes its labels from its training split, and afterwards from the checkpoint.
    """
    return replace(task, labels=tuple(labels)) if isinstance(task, Tagging) and not task.labels else task


def label_indexes(model: Any, task: Task) -> dict[str, int]:
    """Return the index of each label of a task in a model's head, in the task's order."""
    labels = task_labels(task)
    names = [model.config.id2label[index] for index in range(model.config.num_labels)]
    return dict(zip(labels, order(names, labels, task.name), strict=True))


def order(head: Sequence[str], task: Sequence[str], name: str) -> list[int]:
    """Return, for each label of a task, its index in a head; case is ignored.

    Raises BadRequest, with both lists, if the labels of the head are not those of the task `name`.
    """
    if list(head) == list(task):
        return list(range(len(head)))
    indexes = {label.casefold(): index for index, label in enumerate(head)}
    if indexes and all(_PLACEHOLDER.fullmatch(label) for label in head):
        raise BadRequest(
            f"the head's classes have no names ({', '.join(head[:4])}), so they cannot be matched with the labels of "
            f"task '{name}' ({', '.join(task)}); name them in id2label of config.json"
        )
    if set(indexes) != {label.casefold() for label in task}:
        raise BadRequest(
            f"the head's labels ({', '.join(map(_shown, head))}) are not those of task '{name}' ({', '.join(task)}); "
            "use a recipe that trains a head"
        )
    return [indexes[label.casefold()] for label in task]


def _shown(label: str) -> str:
    """Return a label in one line, for errors."""
    return label if label.isprintable() else repr(label)
