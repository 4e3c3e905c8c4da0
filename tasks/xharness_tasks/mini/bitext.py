"""Parallel sentences, and comparable corpora in which some sentences are translations."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Example
from xharness.data.bitext import sorted_queries
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import Facts, say

_Said = tuple[str, str, Facts]


def translations(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield rows of sentence retrieval between English and a language, in the scored order of Tatoeba."""
    said = list(_distinct(generator("translations", code, split), size))
    return sorted_queries([say("en", *each).text for each in said], [say(code, *each).text for each in said])


def pools(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield two pools of `size` sentences, a language's and English, half of which are translations of each other."""
    random = generator("pools", code, split)
    said = list(_distinct(random, size + (size + 1) // 2))
    common = size - size // 2
    places = list(range(size))
    random.shuffle(places)
    english = [*said[:common], *said[size : size + size // 2]]
    order = {number: place for place, number in enumerate(places)}
    for number, each in enumerate(said[:size]):
        gold = [f"en-{order[number] + 1:09d}"] if number < common else []
        yield {"side": "source", "id": f"{code}-{number + 1:09d}", "text": say(code, *each).text, "gold": gold}
    for place, number in enumerate(places):
        yield {"side": "target", "id": f"en-{place + 1:09d}", "text": say("en", *english[number]).text, "gold": []}


def _distinct(random: Random, size: int) -> Iterator[_Said]:
    """Draw things to say, no two of which are the same in English."""
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
