"""Fill templates with the values drawn for a sample, in the forms that match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from xharness_tasks.checklist.sheet import Sheet, SheetRow

PLACEHOLDER = re.compile(r"\{(\w+)(?:\[(\d)\]|\.(\w+))?\}")
# The separators of the forms of a value, as in `a sofa, the sofa`; languages without these marks use spaces.
_FORMS = re.compile(r"\s*[,،，၊]+\s*")
_SENTENCE_ENDS = tuple(".?!。।")


class MissingText(Exception):
    """The sheet has no text for the drawn values."""


@dataclass(frozen=True)
class Filling:
    """The values of placeholders: names of people, and rows of lists.

    The key of a row is the name of its list, or for properties the part: `p1`, `v1`, `p2`, `v2`. `Context` is the
    context to be filled.
    """

    sheet: Sheet
    names: Mapping[str, str]
    entries: Mapping[str, SheetRow]

    def text_of(self, entry: SheetRow) -> str:
        """Return the text of a row that matches the other values; raise MissingText if none does.

        If several texts match, the one for the fewest words is returned.
        """
        if len(entry.variants) == 1 and not entry.variants[0].when:
            return entry.variants[0].text
        others = dict(self.entries)
        if property := others.get("p2" if "{p.p2}" in entry.english else "p1"):
            others["property"] = property
        matching = [variant for variant in entry.variants if self._matches(variant.when, others)]
        if not matching:
            raise MissingText
        return min(matching, key=lambda variant: (not variant.when, len(variant.when))).text

    def fill(self, template: str) -> str:
        """Return the filled template; a value at the beginning of a sentence is capitalised."""
        filled = ""
        end = 0
        for match in PLACEHOLDER.finditer(template):
            filled += template[end : match.start()]
            value = self._value(match)
            before = filled.rstrip()
            # title() instead of upper(): Georgian has no capital letters at the beginning of sentences
            filled += value[:1].title() + value[1:] if not before or before.endswith(_SENTENCE_ENDS) else value
            end = match.end()
        return filled + template[end:]

    def _value(self, match: re.Match[str]) -> str:
        name, form, part = match.groups()
        if name in self.names:
            return self.names[name]
        entry = self.entries[part or name]
        text = self.text_of(entry)
        if form is None:
            return text
        forms = _FORMS.split(text)
        forms = forms if len(forms) > 1 else text.split()
        if int(form) >= len(forms):
            raise self.sheet.error(entry.line, f"{match[0]} refers to form {form} (from 0), which '{text}' lacks")
        return forms[int(form)]

    def _matches(self, when: frozenset[str], others: Mapping[str, SheetRow]) -> bool:
        """Return whether a text for the words `when` matches the other values.

        For each list of which `when` contains words, it must contain the drawn one.
        """
        words = self.sheet.words
        shared = [(when & words[field], entry.words) for field, entry in others.items() if field in words]
        return not when or (any(some for some, _ in shared) and all(some & drawn for some, drawn in shared if some))
