"""Intervals against a plain bootstrap, and against the binomial distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xharness.metrics.accuracy import accuracy
from xharness.metrics.bootstrap import interval, intervals
from xharness.metrics.chunks import chunk_f1


def test_equals_a_plain_bootstrap_of_chunk_f1():
    rng = np.random.default_rng(1)
    tags = np.array(["O", "B-PER", "I-PER", "B-LOC"])
    gold = [tags[rng.integers(4, size=rng.integers(1, 9))].tolist() for _ in range(150)]
    predictions = [[tag if rng.random() < 0.8 else "O" for tag in sentence] for sentence in gold]
    found = chunk_f1(predictions, gold)
    plain = []
    for _ in range(1500):
        drawn = rng.integers(len(gold), size=len(gold))
        plain.append(chunk_f1([predictions[i] for i in drawn], [gold[i] for i in drawn]).values["f1"])
    low, high = interval(found.stats, found.combine["f1"], resamples=8000)
    assert low == pytest.approx(np.percentile(plain, 2.5), abs=0.7)
    assert high == pytest.approx(np.percentile(plain, 97.5), abs=0.7)
    assert low < found.values["f1"] < high


@pytest.mark.parametrize(("right", "n"), [(300, 400), (50, 100), (9500, 10_000)])
def test_accuracy_has_the_binomial_interval(right, n):
    found = accuracy([True] * right + [False] * (n - right), [True] * n)
    low, high = interval(found.stats, found.combine["accuracy"], resamples=20_000)
    share = right / n
    half = 100 * 1.96 * math.sqrt(share * (1 - share) / n)
    assert low == pytest.approx(100 * share - half, rel=0.01)
    assert high == pytest.approx(100 * share + half, rel=0.01)


def test_the_order_of_units_does_not_matter_and_the_seed_does():
    rng = np.random.default_rng(2)
    stats = np.ones((300, 2))
    stats[:, 0] = rng.random(300)
    mean = {"mean": lambda sums: sums[:, 0] / sums[:, 1]}
    assert intervals(stats, mean) == intervals(stats[::-1], mean) == intervals(stats.copy(), mean)
    assert intervals(stats, mean) != intervals(stats, mean, seed=1)
    [(low, high)], [(lower, higher)] = intervals(stats, mean).values(), intervals(stats, mean, level=0.99).values()
    assert lower < low < high < higher


def test_drawing_in_blocks_changes_nothing(monkeypatch):
    stats = np.column_stack([np.arange(50.0), np.ones(50)])
    mean = {"mean": lambda sums: sums[:, 0] / sums[:, 1]}
    whole = intervals(stats, mean)
    monkeypatch.setattr("xharness.metrics.bootstrap._CELLS", 333)
    assert intervals(stats, mean) == whole


def test_fewer_than_two_units_have_no_interval():
    assert interval(np.ones((1, 2)), lambda sums: sums[:, 0]) is None
    assert interval(np.ones((0, 2)), lambda sums: sums[:, 0]) is None
    assert interval(np.ones((2, 2)), lambda sums: 100 * sums[:, 0] / sums[:, 1]) == (100.0, 100.0)
