"""The way to tag a sentence in words: a line for each word, in which a model chooses the tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xharness.specs.kinds import Example
from xharness.specs.prompts import Template, Wording
from xharness.specs.tasks import Task
from xharness.specs.ways import Filled, Slot, Slots, Way


def tagging_way(labels: Callable[[Task], tuple[str, ...]]) -> Way:
    """Return the way `lines` of kind tagging; `labels(task)` are the tags of a task, empty if training decides them.

    After the question, the model reads a line for each word with the tags so far, and chooses one of the tags; so each
    word has one. Nothing but the model decides which tag follows which: an I tag may follow O.
    """

    def tags(task: Task, wording: Wording) -> dict[str, str]:
        return {label: wording.template.words.get(label, label) for label in labels(task)}

    def ask(task: Task, wording: Wording, example: Example) -> list[Slots]:
        choices = tuple(f" {word}\n" for word in tags(task, wording).values())
        slots = tuple(Slot(line, choices) for line in _lines(wording, example))
        return [Slots(wording.before(_question(wording, example)), slots)]

    def take(task: Task, wording: Wording, example: Example, results: Sequence[Filled]) -> dict[str, Any]:
        [filled] = results
        names = labels(task)
        return {"prediction": [names[choice] for choice in filled.choices]}

    def shot(task: Task, wording: Wording, example: Example) -> str:
        words = tags(task, wording)
        lines = zip(_lines(wording, example), example["tags"], strict=True)
        return _question(wording, example) + "\n".join(f"{line} {words[tag]}" for line, tag in lines)

    def target(task: Task, wording: Wording, example: Example) -> Slots:
        words = tags(task, wording)
        lines = zip(_lines(wording, example), example["tags"], strict=True)
        slots = tuple(Slot(line, (f" {words[tag]}\n",)) for line, tag in lines)
        return Slots(wording.before(_question(wording, example)), slots)

    def fits(task: Task, template: Template) -> bool:
        return bool(template.line and labels(task))

    return Way(
        name="lines",
        kind="tagging",
        capability="fill_slots",
        ask=ask,
        take=take,
        shot=shot,
        target=target,
        fits=fits,
        summary="the tag that a model chooses in the line of each word",
    )


def _question(wording: Wording, example: Example) -> str:
    return wording.template.question.format_map({**example, "sentence": " ".join(example["tokens"])})


def _lines(wording: Wording, example: Example) -> list[str]:
    return [wording.template.line.format_map({**example, "word": word}) for word in example["tokens"]]
