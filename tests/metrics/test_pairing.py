"""Which scores can be paired."""

from __future__ import annotations

import pytest

from xharness.metrics.pairing import basis_of, unlike

RECORD = {
    "split": "test",
    "data": {"examples": "mini:a"},
    "n": 1200,
    "metrics": {"f1": {"signature": "f1|v:1"}, "exact_match": {"signature": "em|v:1"}},
}


def changed(**more):
    return basis_of({**RECORD, **more})


def test_a_score_is_paired_with_one_of_the_same_examples():
    assert unlike(basis_of(RECORD), basis_of(RECORD), ["f1"]) is None


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"split": "dev"}, "different splits: test and dev"),
        ({"data": {"examples": "mini:b"}}, "different data"),
        ({"data": {}}, "different data"),
        ({"n": 40}, "different numbers of examples: 1,200 and 40"),
        ({"metrics": {"f1": {"signature": "f1|v:2"}}}, "different computation of f1: f1|v:1 and f1|v:2"),
        ({"metrics": {}}, "different computation of f1: f1|v:1 and None"),
    ],
)
def test_any_other_is_refused_with_the_reason(other, reason):
    assert unlike(basis_of(RECORD), changed(**other), ["f1"]) == reason


def test_metrics_that_are_no_part_of_the_score_may_differ():
    other = changed(metrics={**RECORD["metrics"], "exact_match": {"signature": "em|v:2"}})
    assert unlike(basis_of(RECORD), other, ["f1"]) is None


def test_data_that_are_not_known_are_paired_with_nothing():
    assert unlike(changed(data={}), changed(data={}), ["f1"]) == "different data"


def test_answers_in_another_language_are_paired_among_themselves_alone():
    data = {"examples": "mini:a", "inputs": "made:b"}
    answers = changed(data=data, inputs={"gold": "inputs"})
    assert unlike(basis_of(RECORD), answers, ["f1"]) == unlike(answers, basis_of(RECORD), ["f1"])
    assert unlike(answers, basis_of(RECORD), ["f1"]) == (
        "different gold: only one of the scores uses the gold of the translated inputs"
    )
    assert unlike(answers, answers, ["f1"]) is None
    labels = changed(
        data=data, inputs={"gold": "examples"}
    )  # labels are those of the examples, whatever was predicted on
    assert unlike(basis_of(RECORD), labels, ["f1"]) is None
