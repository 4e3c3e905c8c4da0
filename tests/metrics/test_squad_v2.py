"""The metric of SQuAD v2.0 against a plain version of the published functions."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.errors import StageError
from xharness.metrics.squad import squad
from xharness.metrics.squad_v2 import Answer, squad_v2

TEXTS = st.lists(st.sampled_from(["The", "cat", "a", "sat.", "!", "Rome", "the Rome"]), max_size=4).map(" ".join)


def normal(text):
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def plain(ours, texts):
    texts = [text for text in texts if normal(text)] or [""]
    exact = max(int(normal(text) == normal(ours)) for text in texts)
    f1s = []
    for text in texts:
        gold, said = normal(text).split(), normal(ours).split()
        same = sum((Counter(gold) & Counter(said)).values())
        if not gold or not said:
            f1s.append(int(gold == said))
        elif same == 0:
            f1s.append(0)
        else:
            precision, recall = same / len(said), same / len(gold)
            f1s.append(2 * precision * recall / (precision + recall))
    return exact, max(f1s)


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3)), min_size=1, max_size=8))
def test_scores_are_those_of_the_official_functions(cases):
    predictions = {str(number): ours for number, (ours, _) in enumerate(cases)}
    result = squad_v2(predictions, [(str(number), texts) for number, (_, texts) in enumerate(cases)])
    scores = [plain(*case) for case in cases]
    for index, name in enumerate(("exact_match", "f1")):
        assert result.values[name] == pytest.approx(100 * sum(score[index] for score in scores) / len(scores))
        assert result.combine[name](result.stats.sum(axis=0)[None])[0] == pytest.approx(result.values[name])


def test_each_kind_of_question_is_scored_by_itself_too():
    gold = [("a", ["Rome"]), ("b", ["the old town"]), ("c", []), ("d", [])]
    result = squad_v2({"a": "Rome", "b": "town", "c": "", "d": "Rome"}, gold)
    assert dict(result.values) == pytest.approx({
        "exact_match": 50.0, "f1": (1 + 2 / 3 + 1) / 4 * 100, "answerable_exact_match": 50.0,
        "answerable_f1": (1 + 2 / 3) / 2 * 100, "unanswerable_accuracy": 50.0,
    })  # fmt: skip
    assert set(squad_v2({"a": "Rome"}, gold[:1]).values) == {
        "exact_match", "f1", "answerable_exact_match", "answerable_f1"
    }  # fmt: skip


def test_where_every_question_has_an_answer_it_is_the_metric_of_v1():
    gold = [("a", ["Rome", "in Rome"]), ("b", ["the cat sat"])]
    predictions = {"a": "in rome", "b": "a cat"}
    old, new = squad(predictions, gold).values, squad_v2(predictions, gold).values
    assert {name: new[name] for name in old} == dict(old)


def test_a_question_without_prediction_scores_0_and_is_named():
    result = squad_v2({"a": ""}, [("a", []), ("b", [])])
    assert result.values["f1"] == 50.0
    assert result.notes == {"unanswered": ["b"]}


def test_what_is_not_text_and_no_questions_are_errors():
    with pytest.raises(StageError, match="no questions"):
        squad_v2({}, [])
    with pytest.raises(StageError, match="the prediction for question 'a' is None, not a text"):
        squad_v2({"a": None}, [("a", [])])


GOLD = [("a", ["Rome"]), ("b", ["old Lisbon"]), ("c", []), ("d", [])]


@pytest.mark.parametrize(
    ("margins", "exact", "f1"),
    [
        # Only a is given: it, c and d are right.
        ({"a": -2.0, "d": -1.0, "c": 0.5, "b": 1.0}, 75.0, 75.0),
        # a and b are given: b has half the words, an F1 of 2/3.
        ({"a": -2.0, "b": 0.2, "c": 0.5, "d": 2.0}, 75.0, 100 * (3 + 2 / 3) / 4),
        # The spans of c and d come before: no answer at all is best, right for these two.
        ({"c": -3.0, "d": -2.0, "b": 1.0, "a": 2.0}, 50.0, 50.0),
    ],
)
def test_the_best_threshold_by_hand(margins, exact, f1):
    spans = {"a": "Rome", "b": "Lisbon", "c": "somewhere", "d": "nowhere"}
    predictions = {
        name: Answer(spans[name] if margin < 0 else "", spans[name], margin) for name, margin in margins.items()
    }
    result = squad_v2(predictions, GOLD)
    assert result.values["best_exact_match"] == pytest.approx(exact)
    assert result.values["best_f1"] == pytest.approx(f1)
    plainly = squad_v2({name: str(answer) for name, answer in predictions.items()}, GOLD)
    assert {name: result.values[name] for name in plainly.values} == dict(plainly.values)
    assert not any(name.startswith("best") for name in plainly.values)


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=2), st.integers(-3, 3)), min_size=1, max_size=8))
def test_no_threshold_between_two_margins_is_better(cases):
    gold = [(str(number), texts) for number, (_, texts, _) in enumerate(cases)]
    result = squad_v2({str(number): Answer("", span, margin) for number, (span, _, margin) in enumerate(cases)}, gold)
    for threshold in range(-4, 5):
        given_then = {
            str(number): span if margin <= threshold else "" for number, (span, _, margin) in enumerate(cases)
        }
        scores = squad_v2(given_then, gold).values
        # A span without a word is right where there is no answer; officially it counts as one that is given.
        if all(normal(span) or not span for span, _, _ in cases):
            assert result.values["best_exact_match"] >= scores["exact_match"] - 1e-9
            assert result.values["best_f1"] >= scores["f1"] - 1e-9
