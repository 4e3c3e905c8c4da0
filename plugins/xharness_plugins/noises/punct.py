"""Punctuation marks are deleted, doubled, replaced or inserted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from xharness import Edit, Noise, NoiseText
from xharness_plugins.noises.letters import pick
from xharness_plugins.noises.spans import bounded
from xharness_plugins.noises.tables import rows

_ALL = "*"


@lru_cache(maxsize=1)
def _uses() -> dict[str, list[str]]:
    """Return the marks of all scripts by use."""
    return {use: marks.split() for use, languages, marks in rows("punctuation.tsv") if languages == _ALL}


@cache
def _own(language: str) -> dict[str, str]:
    """Return the mark of a language by use."""
    listed = {use: mark for use, languages, mark in rows("punctuation.tsv") if language in languages.split()}
    return {use: listed.get(use, marks[0]) for use, marks in _uses().items()}


@cache
def _equivalents(language: str) -> dict[str, list[str]]:
    """Return for each mark those of other scripts that have the use that it has in a language."""
    use_of = {mark: use for use, marks in _uses().items() for mark in marks}
    use_of |= {mark: use for use, mark in _own(language).items()}
    return {mark: [other for other in _uses()[use] if other != mark] for mark, use in use_of.items()}


def _marks(text: NoiseText) -> list[int]:
    """Return where punctuation marks are: none before a digit, as the point of a number, and none that is protected."""
    known = _equivalents(text.language)
    return [
        place
        for place, letter in enumerate(text.text)
        if letter in known and not text.text[place + 1 : place + 2].isdigit() and text.is_free(place, place + 1)
    ]


def _deletable(text: NoiseText) -> list[int]:
    """Return where marks are that may go: not those of a tagged word, or a text, that has nothing else."""
    marks = _marks(text)
    found = set(marks)
    whole = text.boundaries or [(0, len(text.text))]
    for start, end in whole:
        if all(place in found or text.text[place].isspace() for place in range(start, end)):
            found.difference_update(range(start, end))
    return sorted(found)


def _drop_all(text: NoiseText) -> Iterator[Edit]:
    for place in _deletable(text):
        yield Edit(place, place + 1, "")


def _drop_last(text: NoiseText) -> Iterator[Edit]:
    """Yield the edits that delete the marks at the end, before closing quotes or brackets."""
    marks = _deletable(text)
    place = len(text.text) - 1
    while place >= 0 and place not in marks and not text.text[place].isalnum():
        place -= 1
    while place in marks:
        yield Edit(place, place + 1, "")
        place -= 1


def _double(text: NoiseText) -> Iterator[Edit]:
    for place in _marks(text):
        yield Edit(place, place + 1, text.text[place] * 2)


def _exchange(text: NoiseText) -> Iterator[Edit]:
    for place in _marks(text):
        others = _equivalents(text.language)[text.text[place]]
        yield Edit(place, place + 1, others[pick(text.random(place), len(others))])


def _insert(text: NoiseText) -> Iterator[Edit]:
    own = list(_own(text.language).values())
    for word in text.selected(text.settings["inserted"]):
        if not text.text[word.end : word.end + 1].isdigit():
            yield Edit(word.end, word.end, own[pick(text.random(word), len(own))])


_CHANGES: dict[str, Callable[[NoiseText], Iterator[Edit]]] = {
    "drop_last": _drop_last,
    "drop_all": _drop_all,
    "double": _double,
    "exchange": _exchange,
    "insert": _insert,
}


def _edits(text: NoiseText) -> Iterator[Edit]:
    return bounded(text, _CHANGES[text.settings["change"]](text))


PUNCT = Noise(
    name="punct",
    summary="punctuation loses its last mark (1) or all (2), is doubled (3), of another script (4), or inserted (5)",
    family="punctuation",
    edits=_edits,
    settings={
        1: {"change": "drop_last"},
        2: {"change": "drop_all"},
        3: {"change": "double"},
        4: {"change": "exchange"},
        5: {"change": "insert", "inserted": 0.5},
    },
    core=True,
    core_instead_of="whitespace",
)
