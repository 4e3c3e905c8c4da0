"""Words in other scripts are written in Latin letters, as many people type their language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from xharness import LANGUAGES, Edit, Noise, NoiseText

_RATES = (0.1, 0.25, 0.5, 0.75, 1.0)


@lru_cache(maxsize=1)
def _romaniser() -> Any:
    """Return the romaniser; it reads its tables in a few seconds."""
    from uroman import Uroman

    return Uroman()


@lru_cache(maxsize=100_000)
def _romanised(word: str, language: str) -> str:
    """Return a word in Latin letters, without white space; other characters stay if uroman does not know them."""
    return "".join(_romaniser().romanize_string(word, lcode=LANGUAGES[language].iso3).split())


def _edits(text: NoiseText) -> Iterator[Edit]:
    for word in text.selected(editable=lambda word: not word.text.isascii()):
        latin = _romanised(word.text, text.language)
        # uroman writes words for numbers as digits: 一 becomes 1, which nobody types for it.
        if latin.isascii() and latin and not any(map(str.isdigit, latin)):
            yield word.replaced(latin)


def _applies(language: str) -> str | None:
    if language not in LANGUAGES:
        return f"no script is known for '{language}'"
    return "its script is Latin" if LANGUAGES[language].script == "Latn" else None


ROMANISE = Noise(
    name="romanise",
    summary="words are written in Latin letters",
    family="script",
    edits=_edits,
    applies=_applies,
    packages=lambda language: ("uroman",),
    settings={severity: {"rate": rate} for severity, rate in enumerate(_RATES, 1)},
    grows=True,
    core=True,
    source="uroman (Hermjakob et al. 2018, Out-of-the-box Universal Romanization Tool uroman, ACL), which asks "
    "publications to acknowledge its use",
)
