"""Parallel sentences, and comparable corpora that contain some translations."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Example
from xharness.data.bitext import sorted_queries
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import Facts, say

_Content = tuple[str, str, Facts]
"""The section and name of a template, and the facts to fill it."""


def translations(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield rows of bitext retrieval between English and a language, in the official order of Tatoeba."""
    contents = list(_distinct(generator("translations", code, split), size))
    return sorted_queries([say("en", *each).text for each in contents], [say(code, *each).text for each in contents])


def pools(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield two pools of `size` sentences, a language and English, half of which are translations of each other."""
    random = generator("pools", code, split)
    contents = list(_distinct(random, size + (size + 1) // 2))
    common = size - size // 2
    permutation = list(range(size))
    random.shuffle(permutation)
    english = [*contents[:common], *contents[size : size + size // 2]]
    positions = {number: position for position, number in enumerate(permutation)}
    for number, each in enumerate(contents[:size]):
        gold = [f"en-{positions[number] + 1:09d}"] if number < common else []
        yield {"side": "source", "id": f"{code}-{number + 1:09d}", "text": say(code, *each).text, "gold": gold}
    for position, number in enumerate(permutation):
        yield {"side": "target", "id": f"en-{position + 1:09d}", "text": say("en", *english[number]).text, "gold": []}


def _distinct(random: Random, size: int) -> Iterator[_Content]:
    """Draw contents of sentences that differ in English."""
    choices = [
        (section, name)
        for section in ("statements", "questions")
        for name in grammar("en").templates[section]
        if not name.endswith("_alt")
    ]
    seen: set[str] = set()
    while len(seen) < size:
        section, name = random.choice(choices)
        facts = draw(random)
        text = say("en", section, name, facts).text
        if text not in seen:
            seen.add(text)
            yield section, name, facts
