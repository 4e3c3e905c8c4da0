"""Words are replaced by their translations of a bilingual lexicon, as bilingual speakers mix languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from xharness import Edit, Noise, NoiseText, Param, Word
from xharness_plugins.noises.letters import pick
from xharness_plugins.noises.user_tables import JOINERS, cased, given, lowered

_COLUMNS = ("word", "translation")


def _edits(text: NoiseText) -> Iterator[Edit]:
    path = text.settings["lexicon"]
    if not path:
        return
    lexicon = given(str(path), text.language, _COLUMNS)
    for word in text.selected(editable=lambda word: bool(_translations(word, lexicon, text.language))):
        translations = _translations(word, lexicon, text.language)
        yield word.replaced(translations[pick(text.random(word), len(translations))])


def _translations(word: Word, lexicon: dict[str, list[list[str]]], language: str) -> list[str]:
    """Return the different translations of a word, in its case."""
    own = normalize("NFC", word.text)
    rows = lexicon.get(own) or lexicon.get(lowered(own, language)) or []
    return [translation for translation in dict.fromkeys(cased(row[1], own) for row in rows) if translation != own]


CODE_SWITCH = Noise(
    name="code_switch",
    summary="words are replaced by their translations of a lexicon that the user gives",
    family="lexical",
    edits=_edits,
    params={
        "lexicon": Param(
            type=Path,
            help="lines of `word TAB translation`, in one file or in a folder with one file LANGUAGE.tsv each",
        )
    },
    controls=JOINERS,
    grows=True,
    source="the user's lexicon; after PolyGloss (Tan and Joty 2021, Code-Mixing on Sesame Street, NAACL)",
)
