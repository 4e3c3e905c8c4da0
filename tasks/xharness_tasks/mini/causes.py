"""Causes and effects to choose from, as in COPA."""

from __future__ import annotations

from collections.abc import Iterator

from xharness import Example
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import say

_ASKED = {"cause": ("effects", "causes"), "effect": ("causes", "effects")}


def choices(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a premise, whether its `cause` or its `effect` is asked for, two choices, and 0 or 1, the right one."""
    names = list(grammar("en").templates["causes"])
    for number in range(size):
        random = generator("causes", split, number)
        facts = draw(random)
        question = random.choice(list(_ASKED))
        told, asked = _ASKED[question]
        right, wrong = random.sample(names, 2)
        label = random.randrange(2)
        offered = [right, wrong] if label == 0 else [wrong, right]
        yield {
            "premise": say(code, told, right, facts).text,
            "question": question,
            "choices": [say(code, asked, name, facts).text for name in offered],
            "label": label,
        }
