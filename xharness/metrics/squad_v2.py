"""Span question answering with unanswerable questions: exact match and token F1 of SQuAD v2.0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from xharness.errors import StageError
from xharness.metrics.base import Combine, Measured, id_notes, ratio, total
from xharness.metrics.squad import Answers, Gold, overlap, tokens

if TYPE_CHECKING:
    import numpy as np


class Answer(str):
    """An answer with its best non-empty span, which differs from the answer if that is empty.

    `margin` is the score of no answer minus the score of the span; if it is below 0 the answer is the span.
    """

    span: str
    margin: float

    def __new__(cls, text: str, span: str, margin: float) -> Answer:
        """Return an answer with its best span and margin."""
        answer = super().__new__(cls, text)
        answer.span, answer.margin = span, margin
        return answer


def squad_v2(predictions: Answers, gold: Gold, language: str = "") -> Measured:
    """Return `exact_match` and `f1` over all questions, `answerable_*` and `unanswerable_accuracy` over each kind.

    The correct answer to a question without gold text is the empty text. A question without a prediction scores 0 and
    is noted; the official script skips it. If every prediction is an `Answer`, `best_exact_match` and `best_f1` are the
    scores at the best no-answer threshold, which is tuned on the scored questions themselves. Raises StageError as
    `squad` does. Source: the evaluation script of SQuAD v2.0 (rajpurkar.github.io/SQuAD-explorer).
    """
    import numpy as np

    if not gold:
        raise StageError("no questions to score")
    normal = cache(tokens)
    stats = np.array([_row(predictions, question, [normal(text) for text in texts]) for question, texts in gold])
    sums = np.array([[total(column) for column in stats.T.tolist()]])
    combine = _combine(answerable=bool(sums[0, 4]), unanswerable=bool(sums[0, 6]))
    values = {name: float(each(sums)[0]) for name, each in combine.items()}
    given = [predictions.get(question) for question, _ in gold]
    answers = [each for each in given if isinstance(each, Answer)]
    if len(answers) == len(gold):
        values |= _at_best(answers, [[normal(text) for text in texts] for _, texts in gold])
    notes = id_notes(predictions, [question for question, _ in gold])
    return Measured(values=values, n=len(gold), stats=stats, combine=combine, notes=notes)


def _at_best(answers: Sequence[Answer], gold: Sequence[Sequence[tuple[str, ...]]]) -> dict[str, float]:
    """Return the scores at the best thresholds: start without answers, then add spans in the order of their margins."""
    gold = [[text for text in texts if text] for texts in gold]
    values = {}
    for column, name in enumerate(("best_exact_match", "best_f1")):
        current = best = float(sum(not texts for texts in gold))
        for answer, texts in sorted(zip(answers, gold, strict=True), key=lambda pair: pair[0].margin):
            current += _one(answer.span, texts)[column] if texts else -float(bool(answer.span))
            best = max(best, current)
        values[name] = 100.0 * best / len(answers)
    return values


def _row(predictions: Answers, question: str, texts: Sequence[tuple[str, ...]]) -> tuple[float, ...]:
    """Return the statistics of a question: exact match and F1, then by kind.

    The columns by kind: exact match, F1 and count if answerable; exact match and count if unanswerable.
    """
    gold = [text for text in texts if text]
    exact, f1 = _score(predictions, question, gold or [()])
    return (exact, f1, exact, f1, 1.0, 0.0, 0.0) if gold else (exact, f1, 0.0, 0.0, 0.0, exact, 1.0)


def _score(predictions: Answers, question: str, gold: Sequence[tuple[str, ...]]) -> tuple[float, float]:
    if question not in predictions:
        return 0.0, 0.0
    answer = predictions[question]
    if not isinstance(answer, str):
        raise StageError(f"the prediction for question {question!r} is {answer!r}, not a text")
    return _one(answer, gold)


def _one(answer: str, gold: Sequence[tuple[str, ...]]) -> tuple[float, float]:
    predicted = tokens(answer)
    exact = float(predicted in gold)
    # If one of two bags is empty, the official F1 is 1 if both are, else 0.
    return exact, exact if not predicted else max(overlap(predicted, true) for true in gold)


def _combine(*, answerable: bool, unanswerable: bool) -> Combine:
    def part(hits: int, units: Sequence[int]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda sums: ratio(sums[:, hits], sums[:, units].sum(axis=1))

    combine = {"exact_match": part(0, [4, 6]), "f1": part(1, [4, 6])}
    if answerable:
        combine |= {"answerable_exact_match": part(2, [4]), "answerable_f1": part(3, [4])}
    if unanswerable:
        combine |= {"unanswerable_accuracy": part(5, [6])}
    return combine
