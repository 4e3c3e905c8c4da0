"""What was drawn for a sample, put into templates in the forms that fit it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from xharness_tasks.checklist.sheet import Entry, Sheet

PLACEHOLDER = re.compile(r"\{(\w+)(?:\[(\d)\]|\.(\w+))?\}")
# What parts the forms of a value, as `a sofa, the sofa`; a language that writes none of these has spaces there.
_FORMS = re.compile(r"\s*[,،，၊]+\s*")
_SENTENCE_ENDS = tuple(".?!。।")


class Unsaid(Exception):
    """The sheet has no text for what was drawn."""


@dataclass(frozen=True)
class Filling:
    """What stands for the placeholders: names, and rows of lists.

    A row is found under its list or, of a property, under its part: `p1`, `v1`, `p2`, `v2`. Under `Context` is the
    context that is filled.
    """

    sheet: Sheet
    names: Mapping[str, str]
    entries: Mapping[str, Entry]

    def said(self, entry: Entry) -> str:
        """Return the text of a row that fits the rest; Unsaid where none does.

        Of several that are meant for it, it is the one that is meant for the fewest words.
        """
        if len(entry.variants) == 1 and not entry.variants[0].when:
            return entry.variants[0].text
        beside = dict(self.entries)
        if property := beside.get("p2" if "{p.p2}" in entry.english else "p1"):
            beside["property"] = property
        fitting = [variant for variant in entry.variants if self._fits(variant.when, beside)]
        if not fitting:
            raise Unsaid
        return min(fitting, key=lambda variant: (not variant.when, len(variant.when))).text

    def fill(self, template: str) -> str:
        """Return a template filled in, with a capital where a value begins a sentence."""
        filled = ""
        end = 0
        for match in PLACEHOLDER.finditer(template):
            filled += template[end : match.start()]
            value = self._value(match)
            before = filled.rstrip()
            # title() and not upper(): Georgian sentences begin with no capital
            filled += value[:1].title() + value[1:] if not before or before.endswith(_SENTENCE_ENDS) else value
            end = match.end()
        return filled + template[end:]

    def _value(self, match: re.Match[str]) -> str:
        name, form, part = match.groups()
        if name in self.names:
            return self.names[name]
        entry = self.entries[part or name]
        text = self.said(entry)
        if form is None:
            return text
        forms = _FORMS.split(text)
        forms = forms if len(forms) > 1 else text.split()
        if int(form) >= len(forms):
            raise self.sheet.error(entry.line, f"{match[0]} asks for form {form} (from 0) of '{text}'")
        return forms[int(form)]

    def _fits(self, when: frozenset[str], beside: Mapping[str, Entry]) -> bool:
        """Say whether a text that is meant for these words is meant for what stands beside it.

        Of each list that the words name something of, they have to name what was drawn.
        """
        words = self.sheet.words
        named = [(when & words[field], entry.words) for field, entry in beside.items() if field in words]
        return not when or (any(some for some, _ in named) and all(some & drawn for some, drawn in named if some))
