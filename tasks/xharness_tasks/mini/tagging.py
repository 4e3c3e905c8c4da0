"""Sentences with a part of speech, or an entity tag, for every token."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from xharness import Example, language
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import ENTITIES, Sentence, say


def parts_of_speech(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield tokens and UPOS tags, of sentences of every section of the grammar."""
    for number in range(size):
        sentence = _sentence("upos", code, split, number, ("statements", "questions", "causes", "effects"))
        yield {"tokens": list(sentence.tokens), "tags": list(sentence.tags)}


def entities(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield tokens and IOB2 tags of persons, places and organisations; characters in languages without spaces."""
    spaced = language(code).spaced
    for number in range(size):
        sentence = _sentence("ner", code, split, number, ("statements", "questions"))
        tags = _iob(sentence)
        if spaced:
            yield {"tokens": list(sentence.tokens), "tags": tags}
        else:
            pairs = [pair for token, tag in zip(sentence.tokens, tags) for pair in _apart(token, tag)]
            yield {"tokens": [token for token, _ in pairs], "tags": [tag for _, tag in pairs]}


def _sentence(salt: str, code: str, split: str, number: int, sections: tuple[str, ...]) -> Sentence:
    random = generator(salt, code, split, number)
    choices = [(section, name) for section in sections for name in grammar(code).templates[section]]
    return say(code, *random.choice(choices), draw(random))


def _iob(sentence: Sentence) -> list[str]:
    tags = ["O"] * len(sentence.tokens)
    for slot, (first, last) in sentence.slots.items():
        if entity := ENTITIES.get(slot.rstrip("2")):
            tags[first:last] = [f"B-{entity}"] + [f"I-{entity}"] * (last - first - 1)
    return tags


def characters(word: str) -> list[str]:
    """Cut a word into characters, each with the marks that stand on it."""
    letters: list[str] = []
    for character in word:
        if letters and unicodedata.category(character).startswith("M"):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _apart(token: str, tag: str) -> Iterator[tuple[str, str]]:
    for place, letter in enumerate(characters(token)):
        yield letter, tag if place == 0 else tag.replace("B-", "I-")
