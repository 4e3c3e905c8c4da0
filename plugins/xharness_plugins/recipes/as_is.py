"""As is: the checkpoint is evaluated as it was given, with the head that it has."""

from __future__ import annotations

from xharness import NotReady, Recipe, Stage, Wish, pretrained
from xharness_plugins.models.labels import order


def _checkpoint(wish: Wish) -> Stage:
    task, model = wish.task, wish.model
    capability = task.kind.capability
    if task.kind.trained and capability != "embed":
        if model.head != capability:
            has = f"a head that can {model.head}" if model.head else "no fine-tuned head"
            raise NotReady(
                f"task '{task.name}' needs a checkpoint that can {capability}, and {model.architecture} has {has}"
            )
        labels = tuple(getattr(task, "labels", ()))
        if model.labels and labels:
            order(model.labels, labels, task.name)
    return pretrained(model)


AS_IS = Recipe(
    name="as-is",
    summary="evaluate the checkpoint as it was given, with its own head",
    checkpoint=_checkpoint,
)
