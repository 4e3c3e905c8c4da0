"""Ranks, paired tests and corrections against hand-made cases and known theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.metrics.bootstrap import replicates
from xharness_leaderboard.statistics import compared, holm, interval, mean, rank_intervals, ranks, spread

SHARE = {"share": lambda sums: 100 * sums[:, 0] / sums[:, 1]}


def drawn(right):
    return replicates(np.column_stack([right, np.ones(len(right))]), SHARE)["share"]


def test_ranks_are_shared_by_equals():
    assert ranks([3.0, 9.0, 3.0, 1.0]) == [2, 1, 2, 4]
    assert ranks([3.0, 9.0, 3.0, 1.0], higher_is_better=False) == [2, 4, 2, 1]
    assert ranks([]) == []


def test_ranks_that_are_sure_and_ranks_that_are_not():
    rng = np.random.default_rng(0)
    rows = [drawn(rng.permutation(500) < right) for right in (450, 250, 252)]
    sure, *others = rank_intervals(rows)
    assert sure == (1, 1)
    assert all(low == 2 and high == 3 for low, high in others)
    assert rank_intervals(rows, higher_is_better=False)[0] == (3, 3)
    assert rank_intervals([rows[0], None]) == [None, None]


def test_pairing_finds_what_two_intervals_hide():
    rng = np.random.default_rng(1)
    first = rng.random(800) < 0.6
    second = first.copy()
    second[rng.choice(np.flatnonzero(first), 12, replace=False)] = False
    one, other = drawn(first), drawn(second)
    assert interval(other)[1] > interval(one)[0]
    found = compared({"x": (100 * first.mean(), 100 * second.mean())}, {"x": (one, other)}, {"x": 800})["x"]
    assert found.difference == pytest.approx(1.5)
    # The paired standard error of 12 discordant answers of 800, all to one side.
    half = 100 * 1.96 * math.sqrt(12 / 800 - (12 / 800) ** 2) / math.sqrt(800)
    assert found.ci95 == pytest.approx((1.5 - half, 1.5 + half), abs=0.15)
    # That of the test of McNemar, which is far below what 1,000 resamples can count.
    assert found.p == found.p_holm == pytest.approx(math.erfc(math.sqrt(12 / 2)), rel=0.5)
    assert found.p < 2 / 1001


def test_a_difference_that_is_large_survives_the_correction_for_many_tests():
    rng = np.random.default_rng(3)
    right = {name: rng.random(1000) < share for name, share in (("good", 0.8), ("bad", 0.6))}
    right |= {f"even{number}": rng.random(1000) < 0.6 for number in range(199)}
    rows = {name: drawn(found) for name, found in right.items()}
    pairs = {name: (100 * found.mean(), 100 * right["bad"].mean()) for name, found in right.items() if name != "bad"}
    found = compared(pairs, {name: (rows[name], rows["bad"]) for name in pairs}, dict.fromkeys(pairs, 1000))
    assert [name for name, each in found.items() if each.p_holm < 0.05] == ["good"]


def test_p_values_of_equal_systems_are_even():
    rng = np.random.default_rng(4)
    same = [(drawn(rng.random(300) < 0.7), drawn(rng.random(300) < 0.7)) for _ in range(400)]
    pairs = {str(at): (0.0, 0.0) for at in range(400)}
    values = [found.p for found in compared(pairs, dict(zip(pairs, same)), dict.fromkeys(pairs, 300)).values()]
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(values) < level) == pytest.approx(level, abs=3 * math.sqrt(level * (1 - level) / 400))


def sign_test(wins, losses):
    """Return the exact two-sided p-value of so many examples to one side and to the other."""
    n = wins + losses
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(max(wins, losses), n + 1)) / 2**n)


@pytest.mark.parametrize("n", [2, 5, 8, 15, 29, 30, 100, 1000])
def test_few_examples_are_not_surer_than_their_signs(n):
    for wins in range(1, min(n, 12) + 1):
        for losses in range(min(wins, n - wins) + 1):
            first, second = np.arange(n) < wins, (np.arange(n) >= wins) & (np.arange(n) < wins + losses)
            pair = {"x": (100 * first.mean(), 100 * second.mean())}
            p = compared(pair, {"x": (drawn(first), drawn(second))}, {"x": n})["x"].p
            # The sign test is exact and cautious: tests of many examples that leave its steps out are bolder.
            assert sign_test(wins, losses) <= (2 if n < 30 else 4) * p + 2 / 1001, (wins, losses, p)


def test_equal_systems_are_not_told_apart():
    one = drawn(np.random.default_rng(2).random(100) < 0.5)
    found = compared({"x": (50.0, 50.0)}, {"x": (one, one)}, {"x": 100})["x"]
    assert (found.difference, found.ci95, found.p) == (0.0, (0.0, 0.0), 1.0)


def test_holm_by_hand():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert holm({"a": 0.6, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=12))
def test_holm_lies_between_none_and_bonferroni_and_keeps_the_order(p_values):
    found = holm(p_values)
    assert list(found) == list(p_values)
    for name, p in p_values.items():
        assert p <= found[name] <= min(1.0, p * len(p_values)) + 1e-12
    by_size = sorted(p_values, key=lambda name: p_values[name])
    assert [found[name] for name in by_size] == sorted(found.values())


def test_means_need_every_part():
    rows = [np.array([1.0, 3.0]), np.array([3.0, 5.0])]
    assert mean(rows).tolist() == [2.0, 4.0]
    assert mean([rows[0], None]) is None
    assert mean([]) is None
    assert interval(None) is None


def test_the_spread_of_seeds():
    assert spread([1.0]) is None
    assert spread([1.0, 3.0]) == pytest.approx(math.sqrt(2))
