"""The ways to ask for one of several choices in words: by log-likelihood, and by what a model writes."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from typing import Any

from xharness.specs.kinds import Example
from xharness.specs.prompts import Template, Wording
from xharness.specs.tasks import Task
from xharness.specs.ways import Continuation, Generation, Text, Way, flaw

Choices = Callable[[Task, Wording, Example], list[str]]
"""Returns the texts of the choices of an example, as they continue the context."""
Value = Callable[[Task, int], Any]
"""Returns the prediction that stands for the choice of an index."""
Index = Callable[[Task, Example], int]
"""Returns the index of the right choice."""
Columns = Callable[[Wording, Example], Example]
"""Returns the values that fill a template, by name."""
_MOST = 16


def _columns(wording: Wording, example: Example) -> Example:
    return example


def choice_ways(
    kind: str, choices: Choices, value: Value, right: Index, columns: Columns = _columns
) -> tuple[Way, ...]:
    """Return the ways to ask for one of several choices; the first is the usual one.

    `loglikelihood` predicts the most likely choice, `loglikelihood-length` the most likely one by character, and
    `loglikelihood-unconditional` the one whose log-likelihood the context raises most (Holtzman et al. 2021,
    https://aclanthology.org/2021.emnlp-main.564). They are `acc`, `acc_norm` and `acc_mutual_info` of
    lm-evaluation-harness. `columns` returns the values that fill a template.
    """

    def ask(task: Task, wording: Wording, example: Example) -> list[Continuation]:
        context = wording.before(wording.template.context.format_map(columns(wording, example)))
        return [Continuation(context, text) for text in choices(task, wording, example)]

    def ask_twice(task: Task, wording: Wording, example: Example) -> list[Continuation]:
        return ask(task, wording, example) + [Continuation("", text) for text in choices(task, wording, example)]

    def best(task: Task, results: Sequence[float]) -> dict[str, Any]:
        return {"prediction": value(task, results.index(max(results))), "scores": _shares(results)}

    def take(task: Task, wording: Wording, example: Example, results: Sequence[float]) -> dict[str, Any]:
        return best(task, list(results))

    def take_by_length(task: Task, wording: Wording, example: Example, results: Sequence[float]) -> dict[str, Any]:
        lengths = [max(len(text.strip()), 1) for text in choices(task, wording, example)]
        return best(task, [result / length for result, length in zip(results, lengths, strict=True)])

    def take_raised(task: Task, wording: Wording, example: Example, results: Sequence[float]) -> dict[str, Any]:
        half = len(results) // 2
        return best(task, [results[index] - results[half + index] for index in range(half)])

    def target(task: Task, wording: Wording, example: Example) -> Continuation:
        return ask(task, wording, example)[right(task, example)]

    def shot(task: Task, wording: Wording, example: Example) -> str:
        return (
            wording.template.context.format_map(columns(wording, example))
            + choices(task, wording, example)[right(task, example)]
        )

    def likelihood(name: str, summary: str, ask: Any, take: Any) -> Way:
        return Way(
            name=name, kind=kind, capability="loglikelihood", ask=ask, take=take, shot=shot, target=target,
            fits=_scored, summary=summary,
        )  # fmt: skip

    return (
        likelihood("loglikelihood", "the choice that continues the prompt with the highest log-likelihood", ask, take),
        likelihood("loglikelihood-length", "the same, the log-likelihood divided by characters", ask, take_by_length),
        likelihood(
            "loglikelihood-unconditional", "the choice whose log-likelihood the context raises most", ask_twice,
            take_raised,
        ),
    )  # fmt: skip


def _scored(task: Task, template: Template) -> bool:
    return bool(template.context)


def _shares(results: Sequence[float]) -> list[float]:
    """Return the results as shares of 1, in proportion to their exponentials."""
    highest = max(results)
    weights = [math.exp(result - highest) for result in results]
    return [round(weight / sum(weights), 6) for weight in weights]


def written_way(
    kind: str, words: Callable[[Task, Wording, Example], list[str]], value: Value, wrong: Any, right: Index
) -> Way:
    """Return the way to ask for one of several choices by what a model writes after a question.

    `words` are what may be written, by choice; `wrong` is predicted where none is.
    """

    def question(task: Task, wording: Wording, example: Example) -> str:
        listed = "\n".join(
            f"{letter}. {choice}"
            for letter, choice in zip(string.ascii_uppercase, example.get("choices", ()), strict=False)
        )
        return wording.template.question.format_map({**example, "choices": listed})

    def ask(task: Task, wording: Wording, example: Example) -> list[Generation]:
        return [Generation(wording.before(question(task, wording, example)), ("\n",), _MOST)]

    def take(task: Task, wording: Wording, example: Example, results: Sequence[Text]) -> dict[str, Any]:
        [written] = results
        index = None if written.refused else _said(written.text, words(task, wording, example))
        if index is not None:
            return {"prediction": value(task, index), "text": written.text}
        return {"prediction": wrong, "text": written.text, "flaw": flaw(written)}

    def target(task: Task, wording: Wording, example: Example) -> Continuation:
        [asked] = ask(task, wording, example)
        return Continuation(asked.context, f" {words(task, wording, example)[right(task, example)]}\n")

    def shot(task: Task, wording: Wording, example: Example) -> str:
        return f"{question(task, wording, example)} {words(task, wording, example)[right(task, example)]}"

    return Way(
        name="generate",
        kind=kind,
        capability="generate",
        ask=ask,
        take=take,
        shot=shot,
        target=target,
        fits=lambda task, template: bool(template.question),
        scored=False,
        summary="the choice that a model writes after a question",
    )


def _said(text: str, words: Sequence[str]) -> int | None:
    """Return the index of the words that a text begins with, or else of the only ones that it contains."""
    plain = text.strip().strip("*\"'([").casefold()
    starts = [index for index, word in enumerate(words) if _begins(plain, word.casefold())]
    if starts:
        return max(starts, key=lambda index: len(words[index]))
    tokens = [token.strip(string.punctuation) for token in plain.split()]
    among = [index for index, word in enumerate(words) if word.casefold() in tokens]
    return among[0] if len(among) == 1 else None


def _begins(text: str, word: str) -> bool:
    return text.startswith(word) and not text[len(word) : len(word) + 1].isalnum()
