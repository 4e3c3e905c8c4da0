"""Pairs of sentences, for inference and paraphrase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from xharness import Example
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.sentences import Facts, say

# What a statement says, with the slots whose other value makes it untrue.
_FOLLOWS = {
    "born": {"born_place": "place"},
    "born_alt": {"born_place": "place"},
    "lives": {"lives_place": "place", "works": "org"},
    "lives_alt": {"lives_place": "place", "works": "org"},
    "moved": {"moved_to": "place2"},
    "moved_alt": {"moved_to": "place2"},
}
_DENIED = {
    "born": "born_not",
    "born_alt": "born_not",
    "lives": "lives_not",
    "lives_alt": "works_not",
    "moved": "moved_not",
    "moved_alt": "moved_not",
    "founded": "founded_not",
}
_UNRELATED = ("job", "job_not", "likes", "likes_not", "bought", "bought_not", "founded", "founded_not")
# Statements that can be put in another way, with the slots that a pair may differ in.
_REWORDED = {"born": ("place", "year"), "lives": ("place", "org"), "moved": ("place", "year"), "founded": ("year",)}


def inference(name: str, labels: Sequence[str], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a premise, a hypothesis and one of `labels`, which are given as entailed, neutral, contradicted.

    They are others for another `name`.
    """
    for number in range(size):
        random = generator(name, split, number)
        facts, other = draw(random), draw(random)
        relation = random.randrange(3)
        premise = random.choice(list(_FOLLOWS))
        hypothesis, slot = random.choice(list(_FOLLOWS[premise].items()))
        said = facts
        if relation == 1:
            hypothesis = random.choice(_UNRELATED)
        elif relation == 2 and random.random() < 0.5:
            hypothesis = _DENIED[premise]
        elif relation == 2:
            said = _changed(facts, other, slot)
        yield {
            "text": say(code, "statements", premise, facts).text,
            "text_pair": say(code, "statements", hypothesis, said).text,
            "label": labels[relation],
        }


def paraphrases(name: str, labels: Sequence[str], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield two sentences and one of `labels`, which are given as different, same; they share most of their words.

    They are others for another `name`.
    """
    for number in range(size):
        random = generator(name, split, number)
        facts, other = draw(random), draw(random)
        same = random.random() < 0.5
        stated, slots = random.choice(list(_REWORDED.items()))
        again, said = f"{stated}_alt", facts
        if not same and random.random() < 0.5:
            again = _DENIED[stated]
        elif not same:
            said = _altered(facts, other, stated, slots, random)
        sentences = [say(code, "statements", stated, facts).text, say(code, "statements", again, said).text]
        random.shuffle(sentences)
        yield {"text": sentences[0], "text_pair": sentences[1], "label": labels[same]}


def _altered(facts: Facts, other: Facts, name: str, slots: Sequence[str], random: Random) -> Facts:
    """Return facts with one value changed, or with both places of a move swapped."""
    if name == "moved" and random.random() < 0.5:
        return {**facts, "place": facts["place2"], "place2": facts["place"]}
    return _changed(facts, other, random.choice(slots))


def _changed(facts: Facts, other: Facts, slot: str) -> Facts:
    """Return facts with another value in a slot."""
    value = other[slot]
    if value == facts[slot]:
        value = other["place2"] if slot == "place" else other["place"] if slot == "place2" else value
    if value == facts[slot]:
        elsewhere = str(other["place2"] if other["place"] == value[1] else other["place"])
        value = (value[0], elsewhere) if isinstance(value, tuple) else str(int(value) - 1)
    return {**facts, slot: value}
