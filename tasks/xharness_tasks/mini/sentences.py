"""Sentences: a template of a language and facts in, tokens with tags, entities and character offsets out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from xharness_tasks.mini.grammar import Slot, Template, grammar

# What a slot is filled with: the name of an entry, or a year; a person is given and family name, an organisation
# is what it is and the place that it bears in its name.
Facts = Mapping[str, str | tuple[str, str]]

ENTITIES = {"person": "PER", "place": "LOC", "country": "LOC", "org": "ORG"}
# Words at the edge of an entity's phrase that are no part of its name.
_EDGES = {"ADP", "DET"}

_Token = tuple[str, str, bool]


@dataclass(frozen=True)
class Sentence:
    """Tokens, their UPOS tags, whether a space stands before each, and where each slot stands (first, after last)."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    spaces: tuple[bool, ...]
    slots: Mapping[str, tuple[int, int]]

    @cached_property
    def text(self) -> str:
        """Return the sentence as it is written."""
        return "".join(" " + token if space else token for token, space in zip(self.tokens, self.spaces))

    def span(self, slot: str) -> tuple[int, int]:
        """Return where the words of a slot begin and end in `text`, in characters."""
        first, last = self.slots[slot]
        start = sum(len(self.tokens[index]) + self.spaces[index] for index in range(first)) + self.spaces[first]
        length = sum(len(self.tokens[index]) + self.spaces[index] for index in range(first, last))
        return start, start + length - self.spaces[first]


def say(code: str, section: str, name: str, facts: Facts) -> Sentence:
    """Say facts in a language with the template of that name, of statements, questions, causes or effects."""
    rules = grammar(code)
    person = facts.get("person")
    gender = rules.genders[person[0]] if person else 0
    words: list[_Token] = []
    slots: dict[str, tuple[int, int]] = {}
    for item in rules.templates[section][name]:
        if isinstance(item, Slot):
            phrase = _phrase(code, item.lexicon, item.form, facts[item.name], gender)
            slots[item.name] = _core(phrase, len(words))
            words += _spaced(phrase, item.space)
        elif form := item.forms[gender]:
            words.append((form, item.tag, item.space))
    first = words[0][0]
    tokens = (first[0].title() + first[1:], *(word[0] for word in words[1:]))
    spaces = (False, *(word[2] for word in words[1:]))
    return Sentence(tokens, tuple(word[1] for word in words), spaces, slots)


@lru_cache(maxsize=100_000)
def _phrase(code: str, lexicon: str, form: str, value: str | tuple[str, str], gender: int) -> tuple[_Token, ...]:
    """Return the words that say a value."""
    if lexicon == "year":
        return ((str(value), "NUM", True),)
    entries = grammar(code).lexicons[lexicon]
    if lexicon == "person":
        return _fill(code, entries["person"][form], {"given": value[0], "family": value[1]}, gender)
    if lexicon == "org":
        return _fill(code, entries[value[0]][form], {"place": value[1]}, gender)
    return _fill(code, entries[str(value)][form], {}, gender)


def _fill(code: str, pattern: Template, values: Mapping[str, str], gender: int) -> tuple[_Token, ...]:
    words: list[_Token] = []
    for item in pattern:
        if isinstance(item, Slot):
            words += _spaced(_phrase(code, item.lexicon, item.form, values[item.name], gender), item.space)
        elif form := item.forms[gender]:
            words.append((form, item.tag, item.space))
    return tuple(words)


def _spaced(phrase: tuple[_Token, ...], space: bool) -> list[_Token]:
    """Return a phrase whose first word has the space of the slot that it fills."""
    return [(phrase[0][0], phrase[0][1], space), *phrase[1:]]


def _core(phrase: tuple[_Token, ...], offset: int) -> tuple[int, int]:
    """Return which words of a phrase, counted from an offset, are left without the edges; all where none would be."""
    first, last = 0, len(phrase)
    while first < last and phrase[first][1] in _EDGES:
        first += 1
    while last > first and phrase[last - 1][1] in _EDGES:
        last -= 1
    return (offset + first, offset + last) if first < last else (offset, offset + len(phrase))
