"""The tables that users give to noises: error tables and lexicons."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from unicodedata import category, normalize

from xharness import DataError
from xharness.data.lines import read_lines

JOINERS = "\u200c\u200d"
"""Control characters that are part of the spelling of words, in Persian and in Indic scripts."""


@lru_cache(maxsize=64)
def given(path: str, language: str, columns: tuple[str, ...]) -> dict[str, list[list[str]]]:
    """Return the rows of a user's table by their first field: a file, or the file `LANGUAGE.tsv` of a folder.

    Empty lines and lines that start with `#` are ignored. Rows are ignored whose first two fields are not one word
    each, or that hold control characters. Raises DataError, with the line, where a row has fewer fields than `columns`.
    """
    file = Path(path) / f"{language}.tsv" if Path(path).is_dir() else Path(path)
    if not file.is_file():
        raise DataError(f"{path}: no file {language}.tsv in this folder, for the texts in '{language}'")
    rows: dict[str, list[list[str]]] = {}
    for number, line in read_lines(file):
        if not line.strip() or line.startswith("#"):
            continue
        fields = normalize("NFC", line).split("\t")
        if len(fields) < len(columns):
            raise DataError.at(file, number, f"expected {' TAB '.join(columns)}, got {len(fields)} fields")
        words = [field.strip() for field in fields]
        if all(map(_one_word, words[:2])):
            rows.setdefault(words[0], []).append(words)
    return rows


def _one_word(text: str) -> bool:
    controls = [letter for letter in text if category(letter) in ("Cc", "Cf", "Cs") and letter not in JOINERS]
    return len(text.split()) == 1 and not controls and not category(text[0]).startswith("M")


def cased(word: str, like: str) -> str:
    """Return a word in the case of another: all capitals, a first capital, or as it is."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def lowered(word: str, language: str) -> str:
    """Return a word in lower case; in Turkish and Azerbaijani, I and İ become ı and i."""
    if language in ("tr", "az"):
        word = word.replace("I", "ı").replace("İ", "i")
    return word.lower()
