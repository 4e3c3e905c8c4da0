"""As is: evaluate the checkpoint without training, with its own head or by the text that it generates or scores."""

from __future__ import annotations

from xharness import NotReady, Recipe, RecipeInput, Stage, pretrained, verb
from xharness_plugins.models.labels import order


def _checkpoint(wish: RecipeInput) -> Stage:
    task, model = wish.task, wish.model
    if task.kind.needs_finetuning and task.kind.search is None:
        _check_ready(wish)
        labels = tuple(getattr(task, "labels", ()))
        if task.kind.capability in model.ready and model.labels and labels:
            order(model.labels, labels, task.name)
    return pretrained(model)


def _check_ready(wish: RecipeInput) -> None:
    """Raise NotReady if the checkpoint needs training for every way to ask the task."""
    needs = list(dict.fromkeys(way.capability for way in wish.ways))
    if not wish.model.ready.intersection(needs):
        can = f"can {', '.join(map(verb, sorted(wish.model.ready)))}" if wish.model.ready else "has no fine-tuned head"
        need = f"task '{wish.task.name}' needs a checkpoint that can {' or '.join(map(verb, needs))} without training"
        raise NotReady(f"{need}, and {wish.model.architecture} {can}")


AS_IS = Recipe(
    name="as-is",
    summary="evaluate the checkpoint without training, with its own head",
    checkpoint=_checkpoint,
)
