"""Causes and effects to choose from, as in COPA and, with more choices, in Social IQa and the like."""

from __future__ import annotations

from collections.abc import Iterator

from xharness import Example
from xharness_tasks.copa import asked
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import say

_ASKED = {"cause": ("effects", "causes"), "effect": ("causes", "effects")}
_QUESTIONS = {"cause": "Why did this happen?", "effect": "What happened next?"}


def alternatives(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield examples with two choices, and the question as COPA's is put, in English."""
    for row in choices(code, split, size):
        yield _example(row, asked(row["premise"], row["question"]))


def answers(name: str, count: int, code: str, split: str, size: int) -> Iterator[Example]:
    """Yield examples with `count` choices and another wording of the question, in English.

    They are others for another `name`.
    """
    for row in choices(code, split, size, count, name):
        yield _example(row, f"{row['premise']} {_QUESTIONS[row['question']]}")


def choices(code: str, split: str, size: int, count: int = 2, name: str = "causes") -> Iterator[Example]:
    """Yield a premise, whether its `cause` or its `effect` is asked for, the choices, and the place of the right one.

    They are the same in every language.
    """
    names = list(grammar("en").templates["causes"])
    for number in range(size):
        random = generator(name, count, split, number)
        facts = draw(random)
        question = random.choice(list(_ASKED))
        told, wanted = _ASKED[question]
        offered = random.sample(names, count)
        label = random.randrange(count)
        yield {
            "premise": say(code, told, offered[label], facts).text,
            "question": question,
            "choices": [say(code, wanted, name, facts).text for name in offered],
            "label": label,
        }


def _example(row: Example, context: str) -> Example:
    return {"context": context, "choices": row["choices"], "label": row["label"]}
