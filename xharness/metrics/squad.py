"""Span question answering: exact match and token F1 with the normaliser of SQuAD v1.1 (XQuAD, TyDiQA-GoldP)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from xharness.errors import StageError
from xharness.metrics.base import Combine, Measured, id_notes, ratio, total

Answers = Mapping[str, str]
Gold = Sequence[tuple[str, Sequence[str]]]
Tokens = tuple[str, ...]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = ("a", "an", "the")


def squad(predictions: Answers, gold: Gold, language: str = "") -> Measured:
    """Return `exact_match` and `f1` of SQuAD v1.1, with English articles and ASCII punctuation in every language.

    Source: google-research/xtreme, third_party/evaluate_squad.py.
    """
    return score_answers(predictions, gold, tokens)


def tokens(text: str) -> Tokens:
    """Return the whitespace tokens of a lowercased text without ASCII punctuation and the words a, an and the."""
    plain = text.lower().translate(_PUNCTUATION)
    if plain.isascii() and plain.isprintable():  # in such a text only spaces separate words
        return tuple(word for word in plain.split() if word not in _ARTICLES)
    return tuple(article_pattern(_ARTICLES).sub(" ", plain).split())


@cache
def article_pattern(articles: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that matches the articles as whole words, by Unicode word boundaries."""
    return re.compile(rf"\b({'|'.join(articles)})\b")


def score_answers(predictions: Answers, gold: Gold, normalise: Callable[[str], Tokens], suffix: str = "") -> Measured:
    """Return `exact_match` and `f1`, with `suffix` appended, over the questions of `gold`; repeated ids count again.

    Each of the two scores of a question is the maximum over its gold texts. A question without a prediction scores 0
    and is noted as `unanswered`; ids that are not in the gold are noted as `unknown`. Raises StageError if there are no
    questions, a prediction is not a text, or an answered question has no gold text.
    """
    import numpy as np

    if not gold:
        raise StageError("no questions to score")
    normalise = cache(normalise)
    stats = np.ones((len(gold), 3))
    stats[:, :2] = [_score(predictions, question, texts, normalise) for question, texts in gold]
    values = {
        f"exact_match{suffix}": 100.0 * total(stats[:, 0].tolist()) / len(gold),
        f"f1{suffix}": 100.0 * total(stats[:, 1].tolist()) / len(gold),
    }
    combine: Combine = {
        f"exact_match{suffix}": lambda sums: ratio(sums[:, 0], sums[:, 2]),
        f"f1{suffix}": lambda sums: ratio(sums[:, 1], sums[:, 2]),
    }
    notes = id_notes(predictions, [question for question, _ in gold])
    return Measured(values=values, n=len(gold), stats=stats, combine=combine, notes=notes)


def _score(
    predictions: Answers, question: str, texts: Sequence[str], normalise: Callable[[str], Tokens]
) -> tuple[float, float]:
    if question not in predictions:
        return 0.0, 0.0
    answer = predictions[question]
    if not isinstance(answer, str):
        raise StageError(f"the prediction for question {question!r} is {answer!r}, not a text")
    if not texts:
        raise StageError(f"question {question!r} has no gold answer")
    predicted = normalise(answer)
    gold = [normalise(text) for text in texts]
    return float(predicted in gold), max(overlap(predicted, true) for true in gold)


def overlap(prediction: Tokens, gold: Tokens) -> float:
    """Return the F1 of two bags of tokens, between 0 and 1; 0 if both are empty."""
    if prediction == gold:
        return 1.0 if gold else 0.0
    if set(prediction).isdisjoint(gold):
        return 0.0
    same = sum((Counter(prediction) & Counter(gold)).values())
    precision, recall = same / len(prediction), same / len(gold)
    return 2 * precision * recall / (precision + recall)
