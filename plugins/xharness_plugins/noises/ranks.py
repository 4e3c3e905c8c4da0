"""Selections of which only some can be carried out: those that are drawn first win, at each severity alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from xharness import LANGUAGES, NoiseText

T = TypeVar("T")


def ranked(text: NoiseText, parts: Sequence[T]) -> list[T]:
    """Return the selected parts of a text, those of the lowest draws first; at least one where there are parts.

    What is selected at a rate is selected at each higher one, and before what that one adds.
    """
    drawn = text.draws.uniform(len(parts))
    order = sorted(range(len(parts)), key=drawn.__getitem__)
    return [parts[number] for number in order if drawn[number] < text.settings["rate"] or number == order[0]]


def spaced(language: str) -> str | None:
    """Return the reason where words cannot be found at spaces, None if they can."""
    known = LANGUAGES.get(language)
    return None if known is None or known.spaced else "its texts have no spaces between words"
