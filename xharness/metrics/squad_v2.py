"""Span question answering where some questions have no answer: exact match and token F1 of SQuAD v2.0."""

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
    """An answer that tells of the best span too, which is another where the answer is empty.

    `margin` says by how much no answer scored above the span; below 0 the span is the answer.
    """

    span: str
    margin: float

    def __new__(cls, text: str, span: str, margin: float) -> Answer:
        """Make the text of an answer with what stood against it."""
        made = super().__new__(cls, text)
        made.span, made.margin = span, margin
        return made


def squad_v2(predictions: Answers, gold: Gold, language: str = "") -> Measured:
    """Return `exact_match` and `f1`, and of each kind of question `answerable_*` and `unanswerable_accuracy`.

    A question without gold text is answered rightly by the empty text alone. One without prediction scores 0 and is
    noted, where the official script leaves it out. Where every prediction is an `Answer`, `best_exact_match` and
    `best_f1` are the scores at the threshold that serves each best, chosen on the very questions that are scored.
    StageError as for `squad`. Source: the evaluation script of SQuAD v2.0 (rajpurkar.github.io/SQuAD-explorer).
    """
    import numpy as np

    if not gold:
        raise StageError("no questions: there is nothing to score")
    normal = cache(tokens)
    stats = np.array([_row(predictions, question, [normal(text) for text in texts]) for question, texts in gold])
    sums = np.array([[total(column) for column in stats.T.tolist()]])
    combine = _combine(answerable=bool(sums[0, 4]), unanswerable=bool(sums[0, 6]))
    values = {name: float(each(sums)[0]) for name, each in combine.items()}
    found = [predictions.get(question) for question, _ in gold]
    answers = [each for each in found if isinstance(each, Answer)]
    if len(answers) == len(gold):
        values |= _at_best(answers, [[normal(text) for text in texts] for _, texts in gold])
    notes = id_notes(predictions, [question for question, _ in gold])
    return Measured(values=values, n=len(gold), stats=stats, combine=combine, notes=notes)


def _at_best(answers: Sequence[Answer], gold: Sequence[Sequence[tuple[str, ...]]]) -> dict[str, float]:
    """Return the scores at the best thresholds: beginning with no answer at all, spans come in by their margin."""
    theirs = [[text for text in texts if text] for texts in gold]
    values = {}
    for place, name in enumerate(("best_exact_match", "best_f1")):
        now = best = float(sum(not texts for texts in theirs))
        for answer, texts in sorted(zip(answers, theirs, strict=True), key=lambda pair: pair[0].margin):
            now += _one(answer.span, texts)[place] if texts else -float(bool(answer.span))
            best = max(best, now)
        values[name] = 100.0 * best / len(answers)
    return values


def _row(predictions: Answers, question: str, texts: Sequence[tuple[str, ...]]) -> tuple[float, ...]:
    """Return exact match and F1, the same of an answerable question, 1 if it is one, its accuracy, 1 if it is none."""
    theirs = [text for text in texts if text]
    exact, f1 = _score(predictions, question, theirs or [()])
    return (exact, f1, exact, f1, 1.0, 0.0, 0.0) if theirs else (exact, f1, 0.0, 0.0, 0.0, exact, 1.0)


def _score(predictions: Answers, question: str, theirs: Sequence[tuple[str, ...]]) -> tuple[float, float]:
    if question not in predictions:
        return 0.0, 0.0
    answer = predictions[question]
    if not isinstance(answer, str):
        raise StageError(f"the prediction for question {question!r} is {answer!r}, not a text")
    return _one(answer, theirs)


def _one(answer: str, theirs: Sequence[tuple[str, ...]]) -> tuple[float, float]:
    ours = tokens(answer)
    exact = float(ours in theirs)
    # Where one of two bags is empty, the official F1 is 1 if both are.
    return exact, exact if not ours else max(overlap(ours, true) for true in theirs)


def _combine(*, answerable: bool, unanswerable: bool) -> Combine:
    def part(hits: int, units: Sequence[int]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda sums: ratio(sums[:, hits], sums[:, units].sum(axis=1))

    found = {"exact_match": part(0, [4, 6]), "f1": part(1, [4, 6])}
    if answerable:
        found |= {"answerable_exact_match": part(2, [4]), "answerable_f1": part(3, [4])}
    if unanswerable:
        found |= {"unanswerable_accuracy": part(5, [6])}
    return found
