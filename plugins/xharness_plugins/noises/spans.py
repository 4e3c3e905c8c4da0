"""Edits made by comparing characters before and after, and the parts of a text that may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xharness import LANGUAGES, Edit, NoiseText

Change = tuple[int, int, str]
"""Characters from the first number to before the second become the text."""


def changes(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """Return the changes that turn the parts of a text into others; neighbouring parts that change make one."""
    found: list[Change] = []
    start = 0
    for old, new in zip(before, after, strict=True):
        end = start + len(old)
        if old != new:
            if found and found[-1][1] == start:
                first, _, text = found.pop()
                found.append((first, end, text + new))
            else:
                found.append((start, end, new))
        start = end
    return tuple(found)


def shifted(start: int, made: Iterable[Change]) -> Iterator[Edit]:
    """Yield the edits of changes that count from `start`."""
    for first, last, after in made:
        yield Edit(start + first, start + last, after)


def bounded(text: NoiseText, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield the edits that leave a text at least half and at most double as long as it is."""
    size = length = len(text.text)
    for edit in edits:
        new = length + len(edit.after) - (edit.end - edit.start)
        if size <= 2 * new and new <= 2 * size:
            length = new
            yield edit


def free(text: NoiseText) -> Iterator[tuple[int, int]]:
    """Yield the spans between the protected ones."""
    start = 0
    for first, last in sorted(text.protected):
        if first > start:
            yield start, first
        start = max(start, last)
    if start < len(text.text):
        yield start, len(text.text)


def name_of(language: str) -> str:
    """Return the name of a language, its code where it is unknown."""
    return LANGUAGES[language].name if language in LANGUAGES else language


def script_of(language: str) -> str:
    """Return the ISO 15924 code of the script of a language, empty where it is unknown."""
    return LANGUAGES[language].script if language in LANGUAGES else ""
