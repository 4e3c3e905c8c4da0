"""The templates of one test: those that are sound, what fills them, and the questions that come of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

from xharness import Example
from xharness_tasks.checklist.sheet import TEMPLATES, Entry, Sheet
from xharness_tasks.checklist.templating import PLACEHOLDER, Filling, Unsaid

_NAME = "first_name"
# A placeholder of two properties and a value of each: `{p.p1}`, `{p.v1}`, ...
_PROPERTIES, _PARTS = "p", {"p1", "v1", "p2", "v2"}


class Templates:
    """The sound templates of a test of a sheet.

    A text without a placeholder that the English one has, or with another, is a slip of the sheet and left out, except
    that a question may name less. So is a question about a context that does not hold its answer. DataError where the
    sheet lacks the test or a list that a placeholder names, or where nothing is left.
    """

    def __init__(self, sheet: Sheet, title: str) -> None:
        test = sheet.tests.get(title)
        if test is None:
            raise sheet.error(None, f"no test '{title}'")
        if len(test["Question"]) != len(test["Answer"]):
            counts = f"{len(test['Question'])} questions, but {len(test['Answer'])} answers"
            raise sheet.error(None, f"test '{title}' has {counts}")
        self.sheet = sheet
        self.placeholders = list(dict.fromkeys(name for field in TEMPLATES for name in self._named(test[field])))
        questions = [(_sound(each, less=True), answer) for each, answer in zip(test["Question"], test["Answer"])]
        self.asked = [
            (context, question, answer)
            for context in (_sound(entry) for entry in test["Context"])
            for question, answer in questions
            if question.variants and any(_span(variant.text, answer) for variant in context.variants)
        ]
        if not self.asked:
            raise sheet.error(None, f"test '{title}' has no question whose answer stands in a context")

    def draw(self, random: Random, people: Sequence[str]) -> Filling:
        """Draw different people, two different properties and a value of each, and a row of every other list."""
        named = [name for name in self.placeholders if name.startswith(_NAME)]
        entries: dict[str, Entry] = {}
        for name in self.placeholders:
            if name == _PROPERTIES:
                for place, entry in enumerate(random.sample(self._list("property"), 2), 1):
                    entries |= {f"p{place}": entry, f"v{place}": random.choice(self._list(entry.english))}
            elif name not in named:
                entries[name] = random.choice(self._list(name))
        return Filling(self.sheet, dict(zip(named, random.sample(people, len(named)))), entries)

    def ask(self, drawn: Filling) -> list[Example]:
        """Return every question on every context, without ids; none where the sheet has no text for some of it."""
        try:
            return [_example(drawn, *asked) for asked in self.asked]
        except Unsaid:
            return []

    def _list(self, name: str) -> Sequence[Entry]:
        if name not in self.sheet.lists:
            raise self.sheet.error(None, f"no list of '{name}'")
        return self.sheet.lists[name]

    def _named(self, entries: Iterable[Entry]) -> Iterator[str]:
        """Yield the placeholders of templates; DataError for one that nothing can fill."""
        for entry in entries:
            for text in (entry.english, *(variant.text for variant in entry.variants)):
                for match in PLACEHOLDER.finditer(text):
                    if not self._known(match[1], match[3]):
                        raise self.sheet.error(entry.line, f"unknown placeholder {match[0]} in '{text}'")
                    yield match[1]
                if re.search("[{}]", PLACEHOLDER.sub("", text)):
                    raise self.sheet.error(entry.line, f"a brace that is no placeholder's in '{text}'")

    def _known(self, name: str, part: str | None) -> bool:
        if name == _PROPERTIES:
            return part in _PARTS
        return part is None and (name.startswith(_NAME) or name in self.sheet.lists)


def _example(drawn: Filling, context: Entry, question: Entry, answer: Entry) -> Example:
    filling = replace(drawn, entries={**drawn.entries, "Context": context})
    template = filling.said(context)
    text = filling.fill(template)
    span = _span(template, answer)
    if span is None:
        raise Unsaid
    start, end = (len(filling.fill(template[:at])) for at in span)
    return {
        "question": filling.fill(filling.said(question)),
        "context": text,
        "answers": [{"text": text[start:end], "start": start}],
    }


def _sound(entry: Entry, less: bool = False) -> Entry:
    """Return a row without the texts whose placeholders are not the English ones, or fewer with `less`."""
    english = _fields(entry.english)
    variants = [
        each for each in entry.variants if (found := _fields(each.text)) == english or (less and found < english)
    ]
    return replace(entry, variants=tuple(variants))


def _fields(text: str) -> set[tuple[str, str]]:
    """Return what placeholders name, in whatever form."""
    return {(match[1], match[3]) for match in PLACEHOLDER.finditer(text)}


def _span(template: str, answer: Entry) -> tuple[int, int] | None:
    """Return where an answer's template stands in a context's, None where it does not.

    Where no text of the answer does, what it adds to its placeholder is left away: a marker of names, a full stop.
    """
    texts = [variant.text for variant in answer.variants]
    bare = [match[0] for text in texts for match in PLACEHOLDER.finditer(text)]
    for text in (*texts, *bare):
        if (start := template.find(text)) >= 0:
            return start, start + len(text)
    return None
