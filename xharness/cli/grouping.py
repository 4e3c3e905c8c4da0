"""Reasons and remarks of many cells in few lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from xharness.errors import few
from xharness.languages import LANGUAGES
from xharness.specs.caveats import in_short, sort_of

_SHOWN = 6
_NUMBER = re.compile(r"\d[\d,.]*")


def alike(found: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return a line for each group of similar (task, language, text), with its languages; the first text is shown.

    Texts are similar where they differ only in numbers and in the names of their languages. For display only.
    """
    sorts: dict[tuple[str, str], tuple[str, list[str]]] = {}
    patterns: dict[tuple[str, str], str] = {}
    for task, language, text in found:
        # What many cells lack may be named by the language of one of them.
        pattern = patterns.setdefault((task, text), _pattern(text, language))
        _, languages = sorts.setdefault((task, pattern), (text, []))
        if language not in languages:
            languages.append(language)
    return [f"{text} ({task} {few(languages, _SHOWN)})" for (task, _), (text, languages) in sorts.items()]


def noted(found: Iterable[tuple[str, str, Mapping[str, Any]]]) -> list[str]:
    """Return a line for each sort of caveat among (task, language, caveat), with its languages."""
    sorts: dict[tuple[str, str], tuple[list[Mapping[str, Any]], list[str]]] = {}
    known: dict[tuple[str, str], str] = {}
    for task, language, caveat in found:
        # A fact of many cells may be the language of one of them.
        sort = known.setdefault((task, caveat["text"]), sort_of(caveat, language))
        caveats, languages = sorts.setdefault((task, sort), ([], []))
        caveats.append(caveat)
        if language not in languages:
            languages.append(language)
    return [
        f"{in_short(caveats)} ({task} {few(languages, _SHOWN)})" for (task, _), (caveats, languages) in sorts.items()
    ]


def _pattern(text: str, code: str) -> str:
    names = [code]
    if known := LANGUAGES.get(code):
        names += [known.iso3, known.tatoeba, known.flores, known.name, known.name.lower()]
    words = "|".join(map(re.escape, names))
    return _NUMBER.sub("#", re.sub(rf"(?<![^\W_])(?:{words})(?![^\W_])", "*", text))
