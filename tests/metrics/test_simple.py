"""Accuracy, retrieval and mining."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import KINDS
from xharness.errors import StageError
from xharness.metrics.accuracy import accuracy
from xharness.metrics.base import total
from xharness.metrics.mining import mining_f1
from xharness.metrics.retrieval import retrieval_accuracy, retrieval_accuracy_reverse
from xharness_plugins.metrics import METRICS


def test_accuracy_divides_before_it_multiplies_as_officially():
    result = accuracy(["a"] * 29 + ["b"] * 71, ["a"] * 100)
    assert result.values == {"accuracy": 29 / 100 * 100}
    assert result.values["accuracy"] != 29.0
    assert result.n == 100
    assert result.stats.sum(axis=0).tolist() == [29, 100]
    assert result.combine["accuracy"](result.stats[:2])[0] == 100.0


@pytest.mark.parametrize("kind", KINDS)
def test_the_metrics_of_a_kind_apply_to_it(kind):
    kinds = {metric.name: metric.kinds for metric in METRICS}
    for name in KINDS[kind].metrics:
        assert kind in kinds[name]


def test_accuracy_of_places_and_of_names():
    assert accuracy([0, 1, 1], [0, 1, 0]).values == accuracy(["a", "b", "b"], ["a", "b", "a"]).values
    assert accuracy(["0", "1"], [0, 1]).values == {"accuracy": 0.0}  # as officially: text is not a number


def test_accuracy_needs_a_prediction_for_each():
    with pytest.raises(StageError, match="1 predictions but 2 in the gold"):
        accuracy(["a"], ["a", "b"])
    with pytest.raises(StageError, match="to score"):
        accuracy([], [])


def test_total_does_not_compensate():
    numbers = [0.1] * 10
    assert total(numbers) == 0.9999999999999999
    assert total([1e16, 1.0, -1e16]) == 0.0
    assert total([]) == 0


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_reverse_scores_the_inverted_gold(gold, result):
    rows = [{"prediction": 0, "reverse": query} for query in result]
    hits = sum(gold[query] == document for document, query in enumerate(result))
    assert retrieval_accuracy_reverse(rows, gold).values == {"accuracy_xx_en": hits / 6 * 100}
    forward = [{"prediction": line} for line in result]
    assert retrieval_accuracy(forward, gold).values == accuracy(result, gold).values


def test_reverse_without_predictions_has_no_value():
    assert retrieval_accuracy_reverse([{"prediction": 1}, {"prediction": 0, "reverse": None}], [0, 1]).values == {}
    with pytest.raises(StageError, match="row 2 has no reverse prediction"):
        retrieval_accuracy_reverse([{"reverse": 1}, {"reverse": None}], [0, 1])


def test_reverse_with_several_queries_for_a_document():
    rows = [{"reverse": 2}, {"reverse": 0}, {"reverse": 1}]
    # documents 0 and 1 have queries: 0 has 0 and 2, 1 has 1
    assert retrieval_accuracy_reverse(rows, [0, 1, 0]).values == {"accuracy_xx_en": 50.0}


def test_mining_is_about_sets():
    result = mining_f1([("a", "b"), ("a", "b"), ("x", "y")], [("a", "b"), ("c", "d")])
    assert result.values == {"f1": 50.0, "precision": 50.0, "recall": 50.0}
    assert result.n == 2
    assert result.notes == {"repeated_pairs": 1}
    assert result.stats.tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 1]]
    assert {key: combine(result.stats.sum(axis=0)[None])[0] for key, combine in result.combine.items()} == result.values


def test_mining_without_a_hit_is_the_integer_0():
    assert repr(mining_f1([("x", "y")], [("a", "b")]).values) == "{'f1': 0, 'precision': 0, 'recall': 0}"
    assert repr(mining_f1([], [("a", "b")]).values) == "{'f1': 0, 'precision': 0, 'recall': 0}"
    with pytest.raises(StageError, match="no gold pairs"):
        mining_f1([("a", "b")], [])


@pytest.mark.shared
def test_official_outputs(shared_spec):
    for case in json.loads((shared_spec / "scoring_test_vectors.json").read_text("utf-8"))["bucc_f1"]:
        ours, gold = ([tuple(line.split("\t")) for line in case[side]] for side in ("prediction", "gold"))
        result = mining_f1(ours, gold).values
        assert {key: repr(value) for key, value in result.items()} == {key: repr(case[key]) for key in result}
