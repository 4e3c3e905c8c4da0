"""The valid templates of a test, and the examples generated from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

from xharness import Example
from xharness_tasks.checklist.sheet import TEMPLATES, Sheet, SheetRow
from xharness_tasks.checklist.templating import PLACEHOLDER, Filling, MissingText

_NAME = "first_name"
# A placeholder of two properties and a value of each: `{p.p1}`, `{p.v1}`, ...
_PROPERTIES, _PARTS = "p", {"p1", "v1", "p2", "v2"}


class Templates:
    """The valid templates of a test of a sheet.

    A text with other placeholders than the English text is an error of the sheet and skipped; a question may have fewer
    placeholders. A question is not combined with a context that does not contain its answer. Raises DataError if the
    sheet does not have the test or the list of a placeholder, or if no combination is left.
    """

    def __init__(self, sheet: Sheet, title: str) -> None:
        test = sheet.tests.get(title)
        if test is None:
            raise sheet.error(None, f"no test '{title}'")
        if len(test["Question"]) != len(test["Answer"]):
            counts = f"{len(test['Question'])} questions but {len(test['Answer'])} answers"
            raise sheet.error(None, f"test '{title}' has {counts}")
        self.sheet = sheet
        self.placeholders = list(dict.fromkeys(name for field in TEMPLATES for name in self._named(test[field])))
        questions = [(_valid(each, fewer=True), answer) for each, answer in zip(test["Question"], test["Answer"])]
        self.combinations = [
            (context, question, answer)
            for context in (_valid(entry) for entry in test["Context"])
            for question, answer in questions
            if question.variants and any(_span(variant.text, answer) for variant in context.variants)
        ]
        if not self.combinations:
            raise sheet.error(None, f"test '{title}' has no question whose answer is in a context")

    def draw(self, random: Random, people: Sequence[str]) -> Filling:
        """Draw distinct people, two distinct properties with a value each, and a row of every other list."""
        people_names = [name for name in self.placeholders if name.startswith(_NAME)]
        entries: dict[str, SheetRow] = {}
        for name in self.placeholders:
            if name == _PROPERTIES:
                for number, entry in enumerate(random.sample(self._list("property"), 2), 1):
                    entries |= {f"p{number}": entry, f"v{number}": random.choice(self._list(entry.english))}
            elif name not in people_names:
                entries[name] = random.choice(self._list(name))
        return Filling(self.sheet, dict(zip(people_names, random.sample(people, len(people_names)))), entries)

    def ask(self, drawn: Filling) -> list[Example]:
        """Return the examples of all combinations, without ids; empty if the sheet lacks a text for what was drawn."""
        try:
            return [_example(drawn, *combination) for combination in self.combinations]
        except MissingText:
            return []

    def _list(self, name: str) -> Sequence[SheetRow]:
        if name not in self.sheet.lists:
            raise self.sheet.error(None, f"no list '{name}'")
        return self.sheet.lists[name]

    def _named(self, entries: Iterable[SheetRow]) -> Iterator[str]:
        """Yield the names of the placeholders of templates; raise DataError for an unknown one."""
        for entry in entries:
            for text in (entry.english, *(variant.text for variant in entry.variants)):
                for match in PLACEHOLDER.finditer(text):
                    if not self._known(match[1], match[3]):
                        raise self.sheet.error(entry.line, f"unknown placeholder {match[0]} in '{text}'")
                    yield match[1]
                if re.search("[{}]", PLACEHOLDER.sub("", text)):
                    raise self.sheet.error(entry.line, f"brace outside of a placeholder in '{text}'")

    def _known(self, name: str, part: str | None) -> bool:
        if name == _PROPERTIES:
            return part in _PARTS
        return part is None and (name.startswith(_NAME) or name in self.sheet.lists)


def _example(drawn: Filling, context: SheetRow, question: SheetRow, answer: SheetRow) -> Example:
    filling = replace(drawn, entries={**drawn.entries, "Context": context})
    template = filling.text_of(context)
    text = filling.fill(template)
    span = _span(template, answer)
    if span is None:
        raise MissingText
    start, end = (len(filling.fill(template[:edge])) for edge in span)
    return {
        "question": filling.fill(filling.text_of(question)),
        "context": text,
        "answers": [{"text": text[start:end], "start": start}],
    }


def _valid(entry: SheetRow, fewer: bool = False) -> SheetRow:
    """Return a row with only the texts that have the placeholders of the English text, or with `fewer` a subset."""
    english = _fields(entry.english)
    variants = [
        each for each in entry.variants if (fields := _fields(each.text)) == english or (fewer and fields < english)
    ]
    return replace(entry, variants=tuple(variants))


def _fields(text: str) -> set[tuple[str, str]]:
    """Return the names and parts of the placeholders of a text, without their forms."""
    return {(match[1], match[3]) for match in PLACEHOLDER.finditer(text)}


def _span(template: str, answer: SheetRow) -> tuple[int, int] | None:
    """Return start and end of the answer template in the context template, None if it is not found.

    If no text of the answer is found, its bare placeholder is searched, without additions such as a name marker or a
    full stop.
    """
    texts = [variant.text for variant in answer.variants]
    bare = [match[0] for text in texts for match in PLACEHOLDER.finditer(text)]
    for text in (*texts, *bare):
        if (start := template.find(text)) >= 0:
            return start, start + len(text)
    return None
