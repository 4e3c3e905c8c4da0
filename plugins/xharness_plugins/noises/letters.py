"""What the noises share that edit a few characters of a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from xharness import Edit, NoiseText, Word

Change = Callable[[NoiseText, Word, Random], Edit | None]
_TRIES = 8
_NEXT_TRY = 1000


def edited(text: NoiseText, change: Change, rate: float | None = None) -> Iterator[Edit]:
    """Yield the edits of the selected words: as many for each as the severity says, apart from each other.

    `change(text, word, random)` draws one edit of a word, None where it finds none. An edit that is next to an earlier
    one is drawn again.
    """
    for word in text.selected(rate):
        made: list[Edit] = []
        for number in range(text.settings.get("edits", 1)):
            edit = _apart(text, word, change, number, made)
            if edit:
                made.append(edit)
        yield from made


def _apart(text: NoiseText, word: Word, change: Change, number: int, made: list[Edit]) -> Edit | None:
    for attempt in range(_TRIES):
        edit = change(text, word, text.random(word, number + attempt * _NEXT_TRY))
        if edit and all(edit.end < other.start or other.end < edit.start for other in made):
            return edit
    return None


def pick(random: Random, count: int) -> int:
    """Return a number from 0 to count - 1."""
    return int(random.random() * count)
