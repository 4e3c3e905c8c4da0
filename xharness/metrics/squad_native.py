"""Exact match and F1 with language-aware normalisation, for languages other than English.

Defined by xharness; not part of a benchmark.
"""

from __future__ import annotations

import re
from functools import partial

from xharness.languages import LANGUAGES
from xharness.metrics.base import Measured
from xharness.metrics.punctuation import punctuation
from xharness.metrics.squad import Answers, Gold, Tokens, article_pattern, score_answers

_ARTICLES = ("a", "an", "the")
_WORD_OR_CHARACTER = re.compile(r"[0-9a-z]+|\S")


def squad_native(predictions: Answers, gold: Gold, language: str = "") -> Measured:
    """Return `exact_match_native` and `f1_native`: like `squad`, with the normaliser `tokens` of this module."""
    return score_answers(predictions, gold, partial(tokens, language=language), suffix="_native")


def tokens(text: str, language: str) -> Tokens:
    """Return the tokens of a lowercased text without the punctuation of any script.

    Articles are removed in English only. In languages without spaces between words (zh, ja, th, my) each character is a
    token, except that a run of ASCII letters and digits is one token.
    """
    plain = text.lower().translate(punctuation())
    if language in LANGUAGES and not LANGUAGES[language].spaced:
        return tuple(_WORD_OR_CHARACTER.findall(plain))
    if language == "en":
        plain = article_pattern(_ARTICLES).sub(" ", plain)
    return tuple(plain.split())
