"""Sentences of a grammar, drawn by chance: all of a language that its patterns can say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xharness import Example
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import Sentence, say

SECTIONS = ("statements", "questions", "causes", "effects")


def lines(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield running text, a sentence a line."""
    for number in range(size):
        yield {"text": drawn("texts", code, split, number).text}


def drawn(salt: str, code: str, split: str, number: int, sections: Sequence[str] = SECTIONS) -> Sentence:
    """Return a sentence of some sections of a language's grammar, the same each time."""
    random = generator(salt, code, split, number)
    choices = [(section, name) for section in sections for name in grammar(code).templates[section]]
    return say(code, *random.choice(choices), draw(random))
