"""Exact match and F1 that are fair to languages other than English. Ours: no benchmark defines or publishes them."""

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
    """Return `exact_match_native` and `f1_native`: like `squad`, where the normaliser is `tokens` of this module."""
    return score_answers(predictions, gold, partial(tokens, language=language), suffix="_native")


def tokens(text: str, language: str) -> Tokens:
    """Return the tokens of a text without case and punctuation of any script.

    English articles are removed in English alone. Where words are not separated by spaces (zh, ja, th, my) each
    character is a token, but a run of ASCII letters and digits is one.
    """
    plain = text.lower().translate(punctuation())
    if language in LANGUAGES and not LANGUAGES[language].spaced:
        return tuple(_WORD_OR_CHARACTER.findall(plain))
    if language == "en":
        plain = article_pattern(_ARTICLES).sub(" ", plain)
    return tuple(plain.split())
