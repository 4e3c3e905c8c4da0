"""MultiCheckList: the error rates of a question answering model on behavioural tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from xharness.errors import StageError
from xharness.metrics.base import Combine, Measured, id_notes, ratio, total
from xharness.metrics.squad import Answers, Gold, article_pattern

if TYPE_CHECKING:
    import numpy as np

# These lists differ from MLQA's: they are case-sensitive, and include prepositions, a pronoun and a name marker.
_WORDS = {
    "de": "ein eine einen",
    "el": "Ο ένα μια",
    "en": "a an the in at",
    "es": "un una unos unas el la los las",
    "eu": "bat",
    "fa": "یک",
    "fr": "un une le la en",
    "hu": "egy",
    "it": "un una",
    "nl": "een",
    "pt": "um uma",
    "tl": "Si",
    "tr": "bir",
    "vi": "một",
    "wo": "dafa",
    "yo": "kan",
}
_BEGINNINGS = {"bn": "একটি একজন", "hi": "एक", "ml": "ഒരു", "mr": "एक", "my": "တစ်ဦး", "pa": "ਇੱਕ ਇਕ", "ta": "ஒரு"}
_ANYWHERE = {"af": r"’n\b", "ar": "ال"}
_AROUND = ",. "
_MORE_AROUND = {"bn": "\u09f7", "hi": "\u09f7", "pa": "\u0964", "pl": "„”", "ur": "\u200f"}
_MARK = re.compile("[:/]")


def checklist_error(predictions: Answers, gold: Gold, language: str) -> Measured:
    """Return `error_rate`, the mean over the tests, and `error_rate_<test>` of each test; lower is better.

    The id of a question is `test:sample`, or `test:sample/question` if a sample has several questions. A sample fails
    if any of its answers is wrong. An answer is correct if it equals a gold text after `clean` of both. A question
    without a prediction is wrong and noted as `unanswered`; ids that are not in the gold are noted as `unknown`. n is
    the number of samples. Raises StageError if there are no questions, a question has no gold text, or a prediction is
    not a text.

    Source: google-research/xtreme, multichecklist/test_models.py and generate_test_utils.py; the rule for samples is
    the one of marcotcr/checklist, MFT.
    """
    import numpy as np

    if not gold:
        raise StageError("no questions to score")
    passed: dict[tuple[str, ...], bool] = {}
    for question, texts in gold:
        sample = tuple(_MARK.split(question)[:2])
        passed[sample] = _passes(predictions, question, texts, language) and passed.get(sample, True)
    names = [sample[0] for sample in passed]
    tests = list(dict.fromkeys(names))
    counted = np.array(names)[:, None] == np.array(tests)
    failed = counted & ~np.array(list(passed.values()))[:, None]
    counts = zip((counted & ~failed).sum(axis=0).tolist(), counted.sum(axis=0).tolist())
    rates = [(1.0 - right / number) * 100 for right, number in counts]
    return Measured(
        values={"error_rate": total(rates) / len(rates)} | {_key(test): rate for test, rate in zip(tests, rates)},
        n=len(passed),
        stats=np.concatenate([failed, counted], axis=1).astype(np.float64),
        combine=_combine(tests),
        notes=id_notes(predictions, [question for question, _ in gold]),
    )


def clean(text: str, language: str) -> str:
    """Return a text without the articles of its language, and without commas, full stops and spaces around it.

    Case-sensitive. In hi, ml, mr, my, pa, ta and bn an article is removed from the beginning of a word too, in ar from
    anywhere in a word. Languages without a list keep all words.
    """
    articles = _articles(language)
    return (articles.sub(" ", text) if articles else text).strip(_AROUND + _MORE_AROUND.get(language, ""))


@cache
def _articles(language: str) -> re.Pattern[str] | None:
    if words := _WORDS.get(language):
        return article_pattern(tuple(words.split()))
    if words := _BEGINNINGS.get(language):
        return re.compile(rf"\b({'|'.join(words.split())})")
    return re.compile(_ANYWHERE[language]) if language in _ANYWHERE else None


def _passes(predictions: Answers, question: str, texts: Sequence[str], language: str) -> bool:
    if not texts:
        raise StageError(f"question {question!r} has no gold answer")
    if question not in predictions:
        return False
    answer = predictions[question]
    if not isinstance(answer, str):
        raise StageError(f"the prediction for question {question!r} is {answer!r}, not a text")
    return clean(answer, language) in {clean(text, language) for text in texts}


def _key(test: str) -> str:
    return f"error_rate_{test}"


def _combine(tests: Sequence[str]) -> Combine:
    """Return the combination of rows of (failed per test, counted per test) into error rates."""
    import numpy as np

    def rate(index: int) -> Callable[[np.ndarray], np.ndarray]:
        return lambda sums: ratio(sums[:, index], sums[:, index + len(tests)])

    rates = {_key(test): rate(index) for index, test in enumerate(tests)}
    return {"error_rate": lambda sums: np.mean([each(sums) for each in rates.values()], axis=0)} | rates
