"""Groups the similar reasons and caveats of many cells into few lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from xharness.errors import few
from xharness.languages import LANGUAGES
from xharness.specs.caveats import in_short, sort_of

_SHOWN = 6
_NUMBER = re.compile(r"\d[\d,.]*")


def alike(texts: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return a line for each group of similar (task, language, text): the first text, and the languages.

    Texts are similar if they differ only in numbers and in the names of their languages. For display only.
    """
    sorts: dict[tuple[str, str], tuple[str, list[str]]] = {}
    patterns: dict[tuple[str, str], str] = {}
    for task, language, text in texts:
        # The same text for many cells may name the language of one of them.
        pattern = patterns.setdefault((task, text), _pattern(text, language))
        _, languages = sorts.setdefault((task, pattern), (text, []))
        if language not in languages:
            languages.append(language)
    return [f"{text} ({task} {few(languages, _SHOWN)})" for (task, _), (text, languages) in sorts.items()]


def noted(caveats: Iterable[tuple[str, str, Mapping[str, Any]]]) -> list[str]:
    """Return a line for each group of similar (task, language, caveat), with its languages."""
    sorts: dict[tuple[str, str], tuple[list[Mapping[str, Any]], list[str]]] = {}
    known: dict[tuple[str, str], str] = {}
    for task, language, caveat in caveats:
        # The same caveat of many cells may name the language of one of them.
        sort = known.setdefault((task, caveat["text"]), sort_of(caveat, language))
        group, languages = sorts.setdefault((task, sort), ([], []))
        group.append(caveat)
        if language not in languages:
            languages.append(language)
    return [f"{in_short(group)} ({task} {few(languages, _SHOWN)})" for (task, _), (group, languages) in sorts.items()]


def _pattern(text: str, code: str) -> str:
    names = [code]
    if known := LANGUAGES.get(code):
        names += [known.iso3, known.tatoeba, known.flores, known.name, known.name.lower()]
    words = "|".join(map(re.escape, names))
    return _NUMBER.sub("#", re.sub(rf"(?<![^\W_])(?:{words})(?![^\W_])", "*", text))
