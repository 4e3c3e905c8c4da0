"""MLQA: exact match and token F1 with a normaliser for seven languages."""

from __future__ import annotations

import re
from functools import partial

from xharness.errors import StageError
from xharness.metrics.base import Measured
from xharness.metrics.punctuation import punctuation
from xharness.metrics.squad import Answers, Gold, Tokens, article_pattern, score_answers

_ARTICLES = {
    "en": "a an the",
    "es": "un una unos unas el la los las",
    "hi": "",
    "vi": "của là cái chiếc những",
    "de": "ein eine einen einem eines einer der die das den dem des",
    "ar": "",
    "zh": "",
}
_HAN_OR_REST = re.compile(r"[\u4e00-\u9fa5]|[^\s\u4e00-\u9fa5]+")


def mlqa(predictions: Answers, gold: Gold, language: str) -> Measured:
    """Return `exact_match` and `f1`; `language` is the language of the context, StageError if it is not in MLQA.

    Source: facebookresearch/MLQA, mlqa_evaluation_v1.py (google-research/xtreme, third_party/evaluate_mlqa.py).
    """
    if language not in _ARTICLES:
        raise StageError(f"the MLQA metric does not support language '{language}'; supported: {', '.join(_ARTICLES)}")
    return score_answers(predictions, gold, partial(tokens, language=language))


def tokens(text: str, language: str) -> Tokens:
    """Return the tokens of a lowercased text without punctuation and articles; in zh each Han character is a token.

    The official Arabic pattern has a misplaced anchor and matches alef-lam anywhere in a word; this one does too.
    """
    plain = text.lower().translate(punctuation())
    if language == "zh":
        return tuple(_HAN_OR_REST.findall(plain))
    if language == "ar":
        return tuple(plain.replace("ال", " ").split())
    if articles := _ARTICLES[language]:
        plain = article_pattern(tuple(articles.split())).sub(" ", plain)
    return tuple(plain.split())
