"""The way to answer a question on a text by what a model writes after both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xharness.specs.kinds import Example
from xharness.specs.prompts import Template, Wording
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Generation, Text, Way, flaw

_MOST = 64
_PASSAGE = "{context}"
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“", "「": "」", "*": "*", "`": "`"}
_STOPS = ".。।۔։።"


def answering_way(unanswerable: Callable[[Task], bool]) -> Way:
    """Return the way `generate` of kind span-qa.

    The prediction is the first line that the model writes, without quotation marks around it and a full stop at its
    end. If the model cannot read all of the prompt, the passage loses its end, and the question stays. A text that is
    the template's words for no answer is the empty prediction. `unanswerable(task)` returns whether questions of the
    task may have no answer.
    """

    def ask(task: Task, wording: Wording, example: Example) -> list[Generation]:
        before, passage, after = _parts(wording, example)
        before = wording.before(before)
        where = (len(before), len(before) + len(passage))
        return [Generation(before + passage + after, ("\n",), _MOST, where)]

    def take(task: Task, wording: Wording, example: Example, results: Sequence[Text]) -> dict[str, Any]:
        [written] = results
        text = "" if written.refused else _plain(written.text)
        row = {"id": example["id"], "prediction": text, "text": written.text}
        if unanswerable(task) and text.casefold() == _plain(wording.template.no_answer).casefold():
            return {**row, "prediction": ""}
        return row if text and not written.cut else {**row, "flaw": flaw(written)}

    def answer(wording: Wording, example: Example) -> str:
        answers = example["answers"]
        return f" {answers[0]['text'] if answers else wording.template.no_answer}"

    def shot(task: Task, wording: Wording, example: Example) -> str:
        return "".join(_parts(wording, example)) + answer(wording, example)

    def target(task: Task, wording: Wording, example: Example) -> Continuation:
        [asked] = ask(task, wording, example)
        return Continuation(asked.context, f"{answer(wording, example)}\n")

    def fits(task: Task, template: Template) -> bool:
        asked = template.question.count(_PASSAGE) == 1
        return asked and (bool(template.no_answer) or not unanswerable(task))

    return Way(
        name="generate",
        kind="span-qa",
        capability="generate",
        ask=ask,
        take=take,
        shot=shot,
        target=target,
        fits=fits,
        summary="the answer that a model writes after a text and a question",
    )


def _parts(wording: Wording, example: Example) -> tuple[str, str, str]:
    """Return the words before the passage, the passage, and the words after it."""
    before, _, after = wording.template.question.partition(_PASSAGE)
    return before.format_map(example), example["context"], after.format_map(example)


def _plain(text: str) -> str:
    """Return the first line of a text without white space, a full stop and quotation marks around it."""
    line = next(iter(text.strip().splitlines()), "").strip()
    shorter = line.rstrip(_STOPS).strip()
    while len(shorter) > 1 and _QUOTES.get(shorter[0]) == shorter[-1]:
        shorter = shorter[1:-1].strip().rstrip(_STOPS)
    return shorter
