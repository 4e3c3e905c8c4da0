"""Statistics over the languages of a task: transfer gap, and means by family and script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from xharness.languages import LANGUAGES, canonical
from xharness.metrics.base import mean


def transfer_gap(languages: Sequence[str], values: Mapping[str, float]) -> float | None:
    """Return English minus the mean of the other languages, in points (Hu et al. 2020).

    None without English, without another language, or if a language has no value.
    """
    english, others = english_and_others(tuple(languages))
    if not english or not others or not values.keys() >= {*languages}:
        return None
    return mean([values[code] for code in english]) - mean([values[code] for code in others])


@lru_cache(maxsize=256)
def english_and_others(languages: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the codes of English, in any spelling, and those of the other languages."""
    english = [code for code in languages if canonical(code) == "en"]
    return english, [code for code in languages if code not in english]


def means_by(
    attribute: Literal["family", "script"], languages: Sequence[str], values: Mapping[str, float]
) -> dict[str, float | None]:
    """Return the mean of the languages of each family or script; None if one of them has no value.

    Languages outside the language table are ignored.
    """
    return {
        name: mean([values[code] for code in codes]) if values.keys() >= set(codes) else None
        for name, codes in _groups(attribute, tuple(languages)).items()
    }


@lru_cache(maxsize=256)
def _groups(attribute: str, languages: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the languages of each family or script, in order."""
    groups: dict[str, list[str]] = {}
    for code in languages:
        if known := LANGUAGES.get(canonical(code)):
            groups.setdefault(getattr(known, attribute), []).append(code)
    return dict(sorted(groups.items()))
