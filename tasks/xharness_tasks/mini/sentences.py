"""Generate sentences from templates and facts: tokens with tags, entities and character offsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from xharness_tasks.mini.grammar import Slot, Template, grammar

# Values by slot: the name of an entry, or a year; a person is (given name, family name), an organisation is
# (type, place in its name).
Facts = Mapping[str, str | tuple[str, str]]

ENTITIES = {"person": "PER", "place": "LOC", "country": "LOC", "org": "ORG"}
# Tags of words at the edge of an entity phrase that are not part of its name.
_EDGES = {"ADP", "DET"}


@dataclass(frozen=True)
class Sentence:
    """Tokens, their UPOS tags, whether a space precedes each, and the token range of each slot (first, end)."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    spaces: tuple[bool, ...]
    slots: Mapping[str, tuple[int, int]]

    @cached_property
    def text(self) -> str:
        """Return the text of the sentence."""
        return "".join([" " + token if space else token for token, space in zip(self.tokens, self.spaces)])

    def span(self, slot: str) -> tuple[int, int]:
        """Return start and end of the words of a slot in `text`, in characters."""
        first, last = self.slots[slot]
        start = sum(len(self.tokens[index]) + self.spaces[index] for index in range(first)) + self.spaces[first]
        length = sum(len(self.tokens[index]) + self.spaces[index] for index in range(first, last))
        return start, start + length - self.spaces[first]


def say(code: str, section: str, name: str, facts: Facts) -> Sentence:
    """Return the sentence of a template in a language, filled with facts.

    `section` is statements, questions, causes or effects.
    """
    rules = grammar(code)
    person = facts.get("person")
    gender = rules.genders[person[0]] if person else 0
    tokens: list[str] = []
    tags: list[str] = []
    spaces: list[bool] = []
    slots: dict[str, tuple[int, int]] = {}
    for item in rules.templates[section][name]:
        if isinstance(item, Slot):
            phrase, first = _phrase(code, item.lexicon, item.form, facts[item.name], gender), len(tokens)
            slots[item.name] = (first + phrase.core[0], first + phrase.core[1])
            tokens += phrase.tokens
            tags += phrase.tags
            spaces += phrase.spaces
            spaces[first] = item.space
        elif form := item.forms[gender]:
            tokens.append(form)
            tags.append(item.tag)
            spaces.append(item.space)
    tokens[0] = tokens[0][0].title() + tokens[0][1:]
    spaces[0] = False
    return Sentence(tuple(tokens), tuple(tags), tuple(spaces), slots)


class _Phrase(NamedTuple):
    """The words of a value; `core` is the range (first, end) of the words without determiners and adpositions."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    spaces: tuple[bool, ...]
    core: tuple[int, int]


@lru_cache(maxsize=100_000)
def _phrase(code: str, lexicon: str, form: str, value: str | tuple[str, str], gender: int) -> _Phrase:
    if lexicon == "year":
        return _Phrase((str(value),), ("NUM",), (True,), (0, 1))
    entries = grammar(code).lexicons[lexicon]
    if lexicon == "person":
        return _fill(code, entries["person"][form], {"given": value[0], "family": value[1]}, gender)
    if lexicon == "org":
        return _fill(code, entries[value[0]][form], {"place": value[1]}, gender)
    return _fill(code, entries[str(value)][form], {}, gender)


def _fill(code: str, pattern: Template, values: Mapping[str, str], gender: int) -> _Phrase:
    words: list[tuple[str, str, bool]] = []
    for item in pattern:
        if isinstance(item, Slot):
            inner = _phrase(code, item.lexicon, item.form, values[item.name], gender)
            words += zip(inner.tokens, inner.tags, (item.space, *inner.spaces[1:]))
        elif form := item.forms[gender]:
            words.append((form, item.tag, item.space))
    tokens, tags, spaces = (tuple(column) for column in zip(*words))
    return _Phrase(tokens, tags, spaces, _core(tags))


def _core(tags: tuple[str, ...]) -> tuple[int, int]:
    """Return the range of a phrase without determiners and adpositions at its edges; all words if none are left."""
    first, last = 0, len(tags)
    while first < last and tags[first] in _EDGES:
        first += 1
    while last > first and tags[last - 1] in _EDGES:
        last -= 1
    return (first, last) if first < last else (0, len(tags))
