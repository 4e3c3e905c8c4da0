"""What the noises share that edit a few characters of a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from xharness import Edit, NoiseText, Word

Change = Callable[[NoiseText, Word, Random], Edit | None]
_LEAST = 3
_TRIES = 8
_NEXT_TRY = 1000


def chunked(language: str) -> str | None:
    """Return why no letter can leave its position in a language, None if one can."""
    return "words of Chinese texts are chunks of two characters, too short for it" if language == "zh" else None


def long_enough(word: Word) -> bool:
    """Return whether a word has letters beside its first and last one."""
    return word.end - word.start >= _LEAST and len(word.clusters) >= _LEAST


def _every(word: Word) -> bool:
    return True


def edited(
    text: NoiseText,
    change: Change,
    rate: float | None = None,
    editable: Callable[[Word], bool] = _every,
    changeable: Callable[[Word], bool] = _every,
) -> Iterator[Edit]:
    """Yield the edits of the selected words: as many for each as the severity says, apart from each other.

    `change(text, word, random)` draws one edit of a word, None if it finds none. An edit that is next to an earlier
    one is drawn again. Words that are not `editable` are not selected; no edit is drawn for those that are not
    `changeable`, which `change` has none for. No edit makes the text shorter than half or longer than double.
    """
    size = length = len(text.text)
    count = text.settings.get("edits", 1)
    for word in filter(changeable, text.selected(rate, editable)):
        made: list[Edit] = []
        for number in range(count):
            edit = _apart(text, word, change, number, made)
            if edit:
                made.append(edit)
        for edit in made:
            after = length + len(edit.after) - (edit.end - edit.start)
            if size <= 2 * after <= 4 * size:
                length = after
                yield edit


def _apart(text: NoiseText, word: Word, change: Change, number: int, made: list[Edit]) -> Edit | None:
    for attempt in range(_TRIES):
        edit = change(text, word, text.random(word, number + attempt * _NEXT_TRY))
        if edit and (not made or all(edit.end < other.start or other.end < edit.start for other in made)):
            return edit
    return None


def word_draws(text: NoiseText, each: int = 1) -> Iterator[tuple[Word, list[float]]]:
    """Yield each word with numbers in [0, 1), `each` for every character of it.

    Words that the texts of an example share have the same numbers in each, where the text says so.
    """
    drawn = text.draws.uniform(each * sum(len(word.text) for word in text.words))
    start = 0
    for word in text.words:
        end = start + each * len(word.text)
        if text.tied and word.text in text.shared:
            random = text.random(word)
            yield word, [random.random() for _ in range(start, end)]
        else:
            yield word, drawn[start:end]
        start = end


def pick(random: Random, count: int) -> int:
    """Return a number from 0 to count - 1."""
    return int(random.random() * count)
