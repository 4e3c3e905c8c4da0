"""Random sentences of a grammar, of all its templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xharness import Example
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import Sentence, say

SECTIONS = ("statements", "questions", "causes", "effects")


def lines(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield plain text, one sentence per line."""
    for number in range(size):
        yield {"text": drawn("texts", code, split, number).text}


def drawn(salt: str, code: str, split: str, number: int, sections: Sequence[str] = SECTIONS) -> Sentence:
    """Return a random sentence of some sections of the grammar of a language; deterministic."""
    random = generator(salt, code, split, number)
    choices = [(section, name) for section in sections for name in grammar(code).templates[section]]
    return say(code, *random.choice(choices), draw(random))
