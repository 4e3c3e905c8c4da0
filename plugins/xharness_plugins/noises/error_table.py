"""Words are replaced by misspellings that people made, as often as they made them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from unicodedata import normalize

from xharness import DataError, Edit, Noise, NoiseText, Param, Word
from xharness_plugins.noises.user_tables import JOINERS, cased, given, lowered

_COLUMNS = ("wrong", "right", "count")
Errors = dict[str, list[tuple[str, int]]]


@lru_cache(maxsize=64)
def _errors(path: str, language: str) -> Errors:
    """Return the misspellings of each right word with how often they were made, none longer than double or half."""
    found: Errors = {}
    for rows in given(path, language, _COLUMNS).values():
        for wrong, right, count, *_ in rows:
            if not count.isdecimal():
                raise DataError(f"{path}: the count {count!r} of {wrong!r} is not a whole number")
            alike = wrong != right and max(len(wrong), len(right)) <= 2 * min(len(wrong), len(right))
            if int(count) and alike:
                found.setdefault(right, []).append((wrong, int(count)))
    return found


def _edits(text: NoiseText) -> Iterator[Edit]:
    path = text.settings["table"]
    if not path:
        return
    table = _errors(str(path), text.language)
    for word in text.selected(editable=lambda word: bool(_misspellings(word, table, text.language))):
        wrongs = _misspellings(word, table, text.language)
        ends = list(accumulate(count for _, count in wrongs))
        drawn = text.random(word).random() * ends[-1]
        wrong = next(wrong for (wrong, _), end in zip(wrongs, ends, strict=True) if drawn < end)
        yield word.replaced(cased(wrong, word.text))


def _misspellings(word: Word, table: Errors, language: str) -> list[tuple[str, int]]:
    own = normalize("NFC", word.text)
    return table.get(own) or table.get(lowered(own, language)) or []


ERROR_TABLE = Noise(
    name="error_table",
    summary="words are replaced by misspellings of a table that the user gives, as often as they were made",
    family="natural",
    edits=_edits,
    params={
        "table": Param(
            type=Path,
            help="lines of `wrong TAB right TAB count`, in one file or in a folder with one file LANGUAGE.tsv each",
        )
    },
    controls=JOINERS,
    label_risk="none",
    source="the user's table, in the order of columns of lists of corrections, such as those of Wikipedia's editors",
)
