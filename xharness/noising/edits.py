"""Edits of a text: replacements that never overlap, checked before they are applied."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from xharness.errors import PluginError

Span = tuple[int, int]
_LEAST, _MOST = 0.5, 2.0
_ORDER = attrgetter("start", "end", "after")
_SHORT = 8
"""Characters below which the length may change by more than the ratios."""


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    """The characters from `start` to before `end` become `after`; offsets count code points of the clean text."""

    start: int
    end: int
    after: str


def ordered(edits: Iterable[Edit], text: str) -> list[Edit]:
    """Return the edits that change a text, in order; PluginError if they overlap or leave it."""
    found = sorted([edit for edit in edits if text[edit.start : edit.end] != edit.after], key=_ORDER)
    before = 0
    for edit in found:
        if not before <= edit.start <= edit.end <= len(text):
            raise PluginError(f"edit {edit} overlaps another or leaves the text of {len(text)} characters")
        before = edit.end
    return found


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with ordered edits."""
    parts = []
    before = 0
    for edit in edits:
        parts += [text[before : edit.start], edit.after]
        before = edit.end
    return "".join([*parts, text[before:]])


def moved(offset: int, edits: Sequence[Edit]) -> int:
    """Return where a character is after ordered edits, which do not touch it."""
    return offset + sum(len(edit.after) - (edit.end - edit.start) for edit in edits if edit.end <= offset)


def touches(edit: Edit, span: Span) -> bool:
    """Return whether an edit changes characters of a span, or inserts within it."""
    return edit.start < span[1] and edit.end > span[0]


def check(
    text: str, noisy: str, edits: Sequence[Edit], protected: Collection[Span], controls: str, grows: bool
) -> None:
    """Raise PluginError if a noise breaks what holds for all noises.

    No protected character changes; nothing becomes empty; the length changes by at most half and double, unless the
    noise `grows` texts; no surrogate and no control character appears but those of `controls`; no combining mark comes
    to stand first in a word.
    """
    wrong = _problem(text, noisy, edits, protected, controls, grows)
    if wrong:
        raise PluginError(f"{wrong} in {text[:60]!r}")


def _problem(
    text: str, noisy: str, edits: Sequence[Edit], protected: Collection[Span], controls: str, grows: bool
) -> str | None:
    if protected and any(touches(edit, span) for span in protected for edit in edits):
        return "it changes protected characters"
    if text.strip() and not noisy.strip():
        return "it leaves nothing"
    ratio = len(noisy) / max(len(text), 1)
    if not grows and len(text) >= _SHORT and not _LEAST <= ratio <= _MOST:
        return f"it makes {len(noisy)} characters of {len(text)}"
    for edit in edits:
        wrong = _character_problem(edit, text, controls)
        if wrong:
            return wrong
    return None


def _character_problem(edit: Edit, text: str, controls: str) -> str | None:
    if edit.after.isascii() and edit.after.isprintable():
        return None
    for letter in edit.after:
        category = unicodedata.category(letter)
        if category in ("Cc", "Cf", "Cs") and letter not in controls and letter not in text:
            return f"it inserts U+{ord(letter):04X}, which is not among the control characters that it declares"
    first = edit.start == 0 or text[edit.start - 1].isspace()
    if first and unicodedata.category(edit.after[0]).startswith("M") and not _mark(text, edit.start):
        return f"it puts the combining mark U+{ord(edit.after[0]):04X} first in a word"
    return None


def _mark(text: str, offset: int) -> bool:
    return offset < len(text) and unicodedata.category(text[offset]).startswith("M")
