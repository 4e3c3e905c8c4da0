"""Statistics over the languages of a task: transfer gap, means by family and script, worst languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from xharness import LANGUAGES, canonical

_WORST = 3


def mean(numbers: Sequence[float]) -> float:
    """Return the mean, summed in order."""
    return sum(numbers) / len(numbers)


def transfer_gap(languages: Sequence[str], values: Mapping[str, float]) -> float | None:
    """Return English minus the mean of the other languages, in points (Hu et al. 2020); None if one is missing."""
    english, others = _english(tuple(languages))
    if not english or not others or not values.keys() >= {*languages}:
        return None
    return mean([values[code] for code in english]) - mean([values[code] for code in others])


@lru_cache(maxsize=256)
def _english(languages: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the codes of English, in any spelling, and those of the other languages."""
    english = [code for code in languages if canonical(code) == "en"]
    return english, [code for code in languages if code not in english]


def means_by(attribute: str, languages: Sequence[str], values: Mapping[str, float]) -> dict[str, float | None]:
    """Return the mean of the languages of each `family` or `script` (`attribute`); None if one of them is missing.

    Languages outside the language table are ignored.
    """
    means: dict[str, float | None] = {}
    for name, codes in _groups(attribute, tuple(languages)).items():
        try:
            means[name] = sum(map(values.__getitem__, codes)) / len(codes)
        except KeyError:
            means[name] = None
    return means


@lru_cache(maxsize=256)
def _groups(attribute: str, languages: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the languages of each family or script, in order."""
    groups: dict[str, list[str]] = {}
    for code in languages:
        if known := LANGUAGES.get(canonical(code)):
            groups.setdefault(getattr(known, attribute), []).append(code)
    return dict(sorted(groups.items()))


def worst(languages: Sequence[str], values: Mapping[str, float], *, higher_is_better: bool = True) -> list[str]:
    """Return the languages with the worst values, at most three, worst first."""
    scored = [code for code in languages if code in values]
    return sorted(scored, key=values.__getitem__, reverse=not higher_is_better)[:_WORST]
