"""Passages to be found: sentences that answer a question, and descriptions of what a sentence mentions."""

from __future__ import annotations

from collections.abc import Iterator

from xharness import Example
from xharness_tasks.mini.facts import COUNTRIES, draw, generator
from xharness_tasks.mini.grammar import Slot, grammar
from xharness_tasks.mini.questions import asked
from xharness_tasks.mini.sentences import say

# The statement that describes a place mentions it too.
_DESCRIPTION = "city"


def answers(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a question, the sentences of a paragraph, and which of them, from 0, answers it."""
    for number in range(size):
        (_, question), sentences, answer = asked(generator("answers", split, number), code)
        yield {"question": question.text, "sentences": [each.text for each in sentences], "answer": answer}


def mentions(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a sentence, the characters `start` to `end` of it that name a place, and the place's key."""
    statements = grammar(code).templates["statements"]
    names = [
        name
        for name, items in statements.items()
        if name != _DESCRIPTION and any(isinstance(item, Slot) and item.name == "place" for item in items)
    ]
    for number in range(size):
        random = generator("mentions", code, split, number)
        facts = draw(random)
        sentence = say(code, "statements", random.choice(names), facts)
        start, end = sentence.span("place")
        yield {"text": sentence.text, "start": start, "end": end, "entity": facts["place"]}


def entities(code: str) -> Iterator[Example]:
    """Yield every place: its key, its name in a language, and a description."""
    for place, country in COUNTRIES.items():
        sentence = say(code, "statements", _DESCRIPTION, {"place": place, "country": country})
        start, end = sentence.span("place")
        yield {"entity": place, "title": sentence.text[start:end], "text": sentence.text}
