"""Multiple-choice questions on causes and effects, as in COPA and, with more choices, in Social IQa."""

from __future__ import annotations

from collections.abc import Iterator

from xharness import Example
from xharness_tasks.copa import with_question
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import say

_SECTIONS = {"cause": ("effects", "causes"), "effect": ("causes", "effects")}
_QUESTIONS = {"cause": "Why did this happen?", "effect": "What happened next?"}


def alternatives(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield examples with two choices and the English question of COPA."""
    for row in choices(code, split, size):
        yield _example(row, with_question(row["premise"], row["question"]))


def answers(name: str, count: int, code: str, split: str, size: int) -> Iterator[Example]:
    """Yield examples with `count` choices and an English question; `name` seeds the generator."""
    for row in choices(code, split, size, count, name):
        yield _example(row, f"{row['premise']} {_QUESTIONS[row['question']]}")


def choices(code: str, split: str, size: int, count: int = 2, name: str = "causes") -> Iterator[Example]:
    """Yield rows with premise, question (`cause` or `effect`), choices, and the index of the correct choice as label.

    The content is the same in every language.
    """
    names = list(grammar("en").templates["causes"])
    for number in range(size):
        random = generator(name, count, split, number)
        facts = draw(random)
        question = random.choice(list(_SECTIONS))
        premise_section, choice_section = _SECTIONS[question]
        sampled = random.sample(names, count)
        label = random.randrange(count)
        yield {
            "premise": say(code, premise_section, sampled[label], facts).text,
            "question": question,
            "choices": [say(code, choice_section, name, facts).text for name in sampled],
            "label": label,
        }


def _example(row: Example, context: str) -> Example:
    return {"context": context, "choices": row["choices"], "label": row["label"]}
