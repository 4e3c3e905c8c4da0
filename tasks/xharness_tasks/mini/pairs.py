"""Pairs of sentences, for inference and paraphrase identification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from xharness import Example
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.sentences import Facts, say

# The statements that each premise entails, with the slot whose change contradicts it.
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
# Statements with a second wording, and the slots in which a pair may differ.
_REWORDED = {"born": ("place", "year"), "lives": ("place", "org"), "moved": ("place", "year"), "founded": ("year",)}


def inference(name: str, labels: Sequence[str], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a premise, a hypothesis and a label; `labels` are (entailment, neutral, contradiction).

    `name` seeds the generator.
    """
    for number in range(size):
        random = generator(name, split, number)
        facts, other = draw(random), draw(random)
        relation = random.randrange(3)
        premise = random.choice(list(_FOLLOWS))
        hypothesis, slot = random.choice(list(_FOLLOWS[premise].items()))
        stated = facts
        if relation == 1:
            hypothesis = random.choice(_UNRELATED)
        elif relation == 2 and random.random() < 0.5:
            hypothesis = _DENIED[premise]
        elif relation == 2:
            stated = _changed(facts, other, slot)
        yield {
            "text": say(code, "statements", premise, facts).text,
            "text_pair": say(code, "statements", hypothesis, stated).text,
            "label": labels[relation],
        }


def paraphrases(name: str, labels: Sequence[str], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield two sentences with high word overlap and a label; `labels` are (different, same).

    `name` seeds the generator.
    """
    for number in range(size):
        random = generator(name, split, number)
        facts, other = draw(random), draw(random)
        same = random.random() < 0.5
        statement, slots = random.choice(list(_REWORDED.items()))
        second, second_facts = f"{statement}_alt", facts
        if not same and random.random() < 0.5:
            second = _DENIED[statement]
        elif not same:
            second_facts = _altered(facts, other, statement, slots, random)
        sentences = [say(code, "statements", statement, facts).text, say(code, "statements", second, second_facts).text]
        random.shuffle(sentences)
        yield {"text": sentences[0], "text_pair": sentences[1], "label": labels[same]}


def _altered(facts: Facts, other: Facts, name: str, slots: Sequence[str], random: Random) -> Facts:
    """Return facts with one value changed, or with the two places of a move swapped."""
    if name == "moved" and random.random() < 0.5:
        return {**facts, "place": facts["place2"], "place2": facts["place"]}
    return _changed(facts, other, random.choice(slots))


def _changed(facts: Facts, other: Facts, slot: str) -> Facts:
    """Return facts with a different value in a slot."""
    value = other[slot]
    if value == facts[slot]:
        value = other["place2"] if slot == "place" else other["place"] if slot == "place2" else value
    if value == facts[slot]:
        elsewhere = str(other["place2"] if other["place"] == value[1] else other["place"])
        value = (value[0], elsewhere) if isinstance(value, tuple) else str(int(value) - 1)
    return {**facts, slot: value}
