"""The ways to ask for code: how likely the reference is, and what a model writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xharness.data.surrogates import without_surrogates
from xharness.kinds.written_code import CodeRules, Problem, code_of
from xharness.specs.kinds import Example
from xharness.specs.prompts import Template, Wording
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Generation, Text, Way, flaw

OTHERS = "others"
"""The key of a prediction under which the other programs for its problem are."""


def likelihood_way(suits: Callable[[Task], bool]) -> Way:
    """Return the way `loglikelihood` of kind generation, for tasks of which `suits` is true.

    The prediction is the negative log-likelihood of the reference after the prompt, in nats, summed over its tokens;
    `characters` is the length of the reference. White space at the end of both is left out of the length; white space
    at the end of the prompt is scored with the reference, as in lm-evaluation-harness.
    """

    def ask(task: Task, wording: Wording, example: Example) -> list[Continuation]:
        context = wording.before(wording.template.context.format_map(example))
        return [Continuation(context, example["target"].rstrip())]

    def take(task: Task, wording: Wording, example: Example, results: Sequence[float]) -> dict[str, Any]:
        [found] = results
        return {"id": example["id"], "prediction": -float(found), "characters": len(example["target"].rstrip())}

    return Way(
        name="loglikelihood",
        kind="generation",
        capability="loglikelihood",
        ask=ask,
        take=take,
        shot=lambda task, wording, example: wording.template.context.format_map(example) + example["target"].rstrip(),
        target=lambda task, wording, example: ask(task, wording, example)[0],
        fits=lambda task, template: suits(task) and bool(template.context),
        scored=False,
        summary="the negative log-likelihood of the reference code after the prompt",
    )


def writing_way(suits: Callable[[Task], bool], rules: Callable[[Task], CodeRules]) -> Way:
    """Return the way `generate` of kind generation, for tasks of which `suits` is true.

    A request that ends in the prompt of the example is continued, up to a stop text; any other, and any request in a
    chat template, is answered. If the model cannot read all, the description loses its end, and the code stays. Lone
    surrogates in what a model writes are replaced by U+FFFD. If a model writes several texts, the first is the
    prediction; the code of the others is in the rows `others`.
    """

    def ask(task: Task, wording: Wording, example: Example) -> list[Generation]:
        asked = wording.before(wording.template.question.format_map(example))
        own = rules(task)
        stops = own.stops if _continues(wording, example, asked) else ()
        return [Generation(asked, stops, own.most, _passage(example, asked), several=True)]

    def target(task: Task, wording: Wording, example: Example) -> Continuation:
        """Return the reference code, and the text that ends it where it continues the prompt."""
        asked = wording.before(wording.template.question.format_map(example))
        stops = rules(task).stops if _continues(wording, example, asked) else ()
        return Continuation(asked, example["target"].rstrip() + (stops[0] if stops else "\n"))

    def take(task: Task, wording: Wording, example: Example, results: Sequence[Text]) -> dict[str, Any]:
        [written] = results
        row = _row(task, wording, example, written)
        others = [_row(task, wording, example, each) for each in written.others]
        return {"id": example["id"], **row, **({OTHERS: others} if others else {})}

    def _row(task: Task, wording: Wording, example: Example, written: Text) -> dict[str, Any]:
        text: str = without_surrogates(written.text)
        asked = wording.before(wording.template.question.format_map(example))
        problem = Problem(
            prompt=example["prompt"],
            suffix=example.get("suffix") or "",
            entry_point=example.get("entry_point") or "",
            continues=_continues(wording, example, asked),
        )
        found = code_of("" if written.refused else text, problem, rules(task))
        row = {"prediction": found.code, "text": text}
        if found.program:
            row["program"] = found.program
        if written.refused or written.cut or not found.code.strip():
            return {**row, "flaw": flaw(written) if found.code.strip() or written.refused else "empty"}
        return {**row, "flaw": "cut"} if found.cut else row

    return Way(
        name="generate",
        kind="generation",
        capability="generate",
        ask=ask,
        take=take,
        shot=lambda task, wording, example: wording.template.question.format_map(example) + example["target"].rstrip(),
        target=target,
        fits=_fits_writing(suits),
        scored=False,
        summary="the code that a model writes",
    )


def _fits_writing(suits: Callable[[Task], bool]) -> Callable[[Task, Template], bool]:
    return lambda task, template: suits(task) and bool(template.question)


def _continues(wording: Wording, example: Example, asked: str) -> bool:
    return not wording.chat and asked.endswith(example["prompt"])


def _passage(example: Example, asked: str) -> tuple[int, int] | None:
    start = asked.rfind(example["text"]) if example["text"] else -1
    return None if start < 0 else (start, start + len(example["text"]))
