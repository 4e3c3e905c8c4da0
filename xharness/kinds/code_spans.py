"""The parts of a description that name code: noises leave them as they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xharness.noising.edits import Span

_NAMES = re.compile(
    r"`[^`\n]+`"
    r"|(?<!\w)'[^'\n]+'(?!\w)"
    r'|"[^"\n]+"'
    r"|«[^»\n]+»"
    r"|“[^”\n]+”"
    r"|\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"  # dotted
    r"|\b[A-Za-z_]\w*\("  # a call
    r"|\b\w*_\w*\b"
    r"|\b[A-Za-z]*[a-z][A-Z]\w*\b"  # camel case
    r"|\b(?:True|False|None)\b"
    r"|>>>.*?(?=\n\s*\n|\Z)",
    re.DOTALL,
)
_SIGNATURE = re.compile(r"\bdef\s+(\w+)\s*\(([^)]*)\)")
_WORD = re.compile(r"\w+")
_LATIN_WORD = re.compile(r"[A-Za-z]\w*")
_OTHER_SCRIPT = 0.2
"""The share of letters of another script from which on Latin words of a text are names of code."""


def code_spans(text: str, prompt: str) -> list[Span]:
    """Return the spans of a description that name code.

    They are quoted texts, dotted names, names with underscores or in camel case, calls, the words True, False and None,
    examples from `>>>` to the next blank line, and the names in the signatures of the prompt. In a text of another
    script all Latin words are names of code.
    """
    spans = [match.span() for match in _NAMES.finditer(text)]
    names = frozenset(_signature_names(prompt))
    spans += [match.span() for match in _WORD.finditer(text) if match[0] in names]
    if _is_other_script(text):
        spans += [match.span() for match in _LATIN_WORD.finditer(text)]
    return spans


def _signature_names(prompt: str) -> Iterator[str]:
    for name, parameters in _SIGNATURE.findall(prompt):
        yield name
        yield from (part.split(":")[0].split("=")[0].strip(" *\n\t") for part in parameters.split(","))


def _is_other_script(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    others = sum(not _is_latin(letter) for letter in letters)
    return others > _OTHER_SCRIPT * len(letters)


@lru_cache(maxsize=2**14)
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")
