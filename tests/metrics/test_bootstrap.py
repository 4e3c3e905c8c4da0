"""Intervals against a plain bootstrap, and against the binomial distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xharness.metrics.accuracy import accuracy
from xharness.metrics.bootstrap import intervals, over_seeds, replicates
from xharness.metrics.chunks import chunk_f1


def test_equals_a_plain_bootstrap_of_chunk_f1():
    rng = np.random.default_rng(1)
    tags = np.array(["O", "B-PER", "I-PER", "B-LOC"])
    gold = [tags[rng.integers(4, size=rng.integers(1, 9))].tolist() for _ in range(150)]
    predictions = [[tag if rng.random() < 0.8 else "O" for tag in sentence] for sentence in gold]
    result = chunk_f1(predictions, gold)
    plain = []
    for _ in range(1500):
        drawn = rng.integers(len(gold), size=len(gold))
        plain.append(chunk_f1([predictions[i] for i in drawn], [gold[i] for i in drawn]).values["f1"])
    low, high = intervals(result.stats, result.combine, resamples=8000)["f1"]
    assert low == pytest.approx(np.percentile(plain, 2.5), abs=0.7)
    assert high == pytest.approx(np.percentile(plain, 97.5), abs=0.7)
    assert low < result.values["f1"] < high


@pytest.mark.parametrize(("right", "n"), [(300, 400), (50, 100), (9500, 10_000)])
def test_accuracy_has_the_binomial_interval(right, n):
    result = accuracy([True] * right + [False] * (n - right), [True] * n)
    low, high = intervals(result.stats, result.combine, resamples=20_000)["accuracy"]
    share = right / n
    half = 100 * 1.96 * math.sqrt(share * (1 - share) / n)
    assert low == pytest.approx(100 * share - half, rel=0.01)
    assert high == pytest.approx(100 * share + half, rel=0.01)


MEAN = {"mean": lambda sums: 100 * sums[:, 0] / sums[:, 1]}


def scores(rng, n):
    return np.column_stack([rng.random(n), np.ones(n)])


def test_a_wider_level_is_a_wider_interval():
    stats = scores(np.random.default_rng(2), 300)
    assert intervals(stats, MEAN) == intervals(stats.copy(), MEAN)
    [(low, high)], [(lower, higher)] = intervals(stats, MEAN).values(), intervals(stats, MEAN, level=0.99).values()
    assert lower < low < high < higher


def test_models_on_the_same_examples_share_their_draws():
    rng = np.random.default_rng(4)
    one = scores(rng, 200)
    other = one.copy()
    other[:, 0] += 0.1
    alone = scores(rng, 200)
    result, shifted, third = (replicates(each, MEAN)["mean"] for each in (one, other, alone))
    assert np.allclose(shifted - result, 10, atol=1e-3)
    assert np.std(third - result) > 1


def test_replicates_are_centred_on_the_value_and_spread_as_theory_has_it():
    stats = scores(np.random.default_rng(5), 400)
    result = replicates(stats, MEAN, resamples=20_000)["mean"]
    assert result.mean() == pytest.approx(100 * stats[:, 0].mean(), abs=0.05)
    assert result.std() == pytest.approx(100 * stats[:, 0].std() / 20, rel=0.03)


def test_fewer_than_two_units_have_no_interval():
    assert intervals(np.ones((1, 2)), MEAN) == {}
    assert intervals(np.ones((0, 2)), MEAN) == {}
    assert intervals(np.ones((2, 2)), MEAN) == {"mean": (100.0, 100.0)}


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_over_seeds_varies_as_the_mean_of_seeds_does(seeds):
    rng = np.random.default_rng(7)
    scores = rng.normal(50, 4, size=seeds)
    drawn = over_seeds(np.repeat(scores[:, None], 200_000, axis=1))
    assert drawn.mean() == pytest.approx(scores.mean(), abs=0.05)
    assert drawn.std() == pytest.approx(scores.std(ddof=1) / math.sqrt(seeds), rel=0.02)


def test_over_seeds_keeps_the_replicates_of_examples_together():
    one = np.linspace(0, 1, 1000)
    assert (over_seeds(one[None]) == one).all()
    assert np.allclose(over_seeds(np.stack([one, one, one])), one)
