"""The order of training: whole epochs, like lengths together, a pure function of the seed and the step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.engine.task_sampling import Sampler, shares


def lengths(size, seed=0):
    return np.random.default_rng(seed).integers(3, 200, size)


def steps(sampler):
    return [(objective, rows.tolist()) for objective, rows in map(sampler.step, range(sampler.total))]


@given(st.integers(1, 300), st.integers(1, 40), st.integers(1, 3), st.integers(0, 5))
def test_an_epoch_has_every_example_once(size, batch_size, epochs, seed):
    sampler = Sampler([lengths(size)], epochs, batch_size, seed)
    per_epoch = -(-size // batch_size)
    assert sampler.total == epochs * per_epoch
    found = steps(sampler)
    for epoch in range(epochs):
        seen = [row for _, rows in found[epoch * per_epoch : (epoch + 1) * per_epoch] for row in rows]
        assert sorted(seen) == list(range(size))


@given(st.integers(1, 300), st.integers(1, 40))
def test_one_batch_an_epoch_is_smaller_at_most(size, batch_size):
    sizes = sorted(len(rows) for _, rows in steps(Sampler([lengths(size)], 1, batch_size, 1)))
    assert sizes[1:] == [batch_size] * (len(sizes) - 1)
    assert sizes[0] == size % batch_size or sizes[0] == batch_size


def test_a_step_depends_on_the_seed_and_its_number_alone():
    sizes = [lengths(150), lengths(70, seed=1)]
    forward = steps(Sampler(sizes, 3, 8, seed=4))
    sampler = Sampler(sizes, 3, 8, seed=4)
    for number in np.random.default_rng(0).permutation(sampler.total):
        objective, rows = sampler.step(int(number))
        assert (objective, rows.tolist()) == forward[number]
    assert steps(Sampler(sizes, 3, 8, seed=5)) != forward


def test_every_epoch_has_an_order_of_its_own():
    found = steps(Sampler([lengths(100)], 2, 10, seed=1))
    assert found[:10] != found[10:]
    assert {frozenset(rows) for _, rows in found[:10]} != {frozenset(rows) for _, rows in found[10:]}


def test_like_lengths_stand_together():
    sizes = lengths(1000)
    padded = sum(len(rows) * sizes[rows].max() for _, rows in steps(Sampler([sizes], 1, 10, seed=1)))
    rng = np.random.default_rng(1)
    at_random = sum(10 * sizes[rows].max() for rows in rng.permutation(1000).reshape(100, 10))
    assert padded < 1.03 * sizes.sum() < 1.5 * sizes.sum() < at_random


def test_lengths_do_not_rise_or_fall_within_an_epoch():
    sizes = lengths(1000)
    longest = [int(sizes[rows].max()) for _, rows in steps(Sampler([sizes], 1, 10, seed=1))]
    assert abs(np.corrcoef(longest, np.arange(100))[0, 1]) < 0.3


def test_objectives_take_turns_in_proportion_to_their_sizes():
    found = steps(Sampler([lengths(300), lengths(100, seed=1), lengths(25, seed=2)], 2, 10, seed=1))
    turns = np.array([objective for objective, _ in found])
    assert np.bincount(turns).tolist() == [60, 20, 6]
    assert 20 <= np.count_nonzero(turns[:43] == 0) <= 40, "mixed, not one after the other"


def test_each_of_several_objectives_goes_through_its_own_epochs():
    found = steps(Sampler([lengths(95), lengths(31, seed=1)], 2, 10, seed=3))
    for objective, size, per_epoch in ((0, 95, 10), (1, 31, 4)):
        own = [rows for which, rows in found if which == objective]
        for epoch in (own[:per_epoch], own[per_epoch:]):
            assert sorted(row for rows in epoch for row in rows) == list(range(size))


@pytest.mark.parametrize(("epochs", "total"), [(0.5, 5), (1.5, 15), (2.25, 22), (0.01, 1)])
def test_epochs_may_be_fractions(epochs, total):
    sampler = Sampler([lengths(95)], epochs, 10, seed=1)
    assert sampler.total == total
    seen = [row for _, rows in steps(sampler)[:10] for row in rows]
    assert len(set(seen)) == len(seen)


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=6), st.integers(1, 40), st.integers(1, 3000))
def test_steps_follow_capped_sizes(sizes, batch_size, cap):
    found = shares(sizes, 2, batch_size, cap)
    assert found == shares([min(size, cap) for size in sizes], 2, batch_size)
    flat, warm = (shares(sizes, 2, batch_size, cap, exponent) for exponent in (0.0, 0.5))
    assert len(set(flat)) == 1
    roots = [min(size, cap) ** 0.5 for size in sizes]
    for count, root in zip(warm, roots, strict=True):
        assert count == 1 or abs(count - sum(found) * root / sum(roots)) <= 0.5
    for mixed in (flat, warm):
        assert min(mixed) >= 1
        assert abs(sum(mixed) - sum(found)) <= len(sizes)
        assert sorted(mixed, key=lambda n: n) == [mixed[place] for place in np.argsort(sizes, kind="stable")]


def test_shares_of_the_nine_intermediate_tasks():
    # ANLI+, MNLI, QQP, SQuAD 2, SQuAD 1, HellaSwag, CCG, CosmosQA, CommonsenseQA; per cents counted by hand.
    sizes = [1_104_934, 392_702, 363_846, 130_319, 87_599, 39_905, 38_000, 25_262, 9_741]
    for cap, first in ((None, 50.4), (2**19, 32.5), (2**17, 18.1), (2**14, 11.6)):
        found = shares(sizes, 1, 1, cap)
        assert round(100 * found[0] / sum(found), 1) == first


def test_objectives_are_drawn_as_often_as_their_share():
    sizes = [lengths(400), lengths(100, seed=1)]
    sampler = Sampler(sizes, 2, 10, seed=1, cap=200, exponent=0.0)
    turns = [objective for objective, _ in map(sampler.step, range(sampler.total))]
    assert (turns.count(0), turns.count(1)) == (30, 30)
    seen = [row for objective, rows in steps(sampler) for row in rows if objective == 1]
    assert all(seen.count(row) == 3 for row in range(100))


def test_a_fixed_share_comes_on_top_of_the_steps_of_the_others():
    # 20 and 10 steps of the others; a quarter of all 40 steps is 10, whatever the number of its examples.
    for size in (1, 700):
        assert shares([100, 50, size], 2, 10, fixed=[None, None, 0.25]) == [20, 10, 10]
    assert shares([100, 50, 7], 2, 10, exponent=0, fixed=[None, None, 0.25]) == [15, 15, 10]
    # A fifth and two fifths of all 50 steps.
    assert shares([9, 100, 9], 2, 10, fixed=[0.2, None, 0.4]) == [10, 20, 20]
    assert shares([100, 50], 2, 10, fixed=[None, None]) == shares([100, 50], 2, 10)


@given(st.floats(0.01, 0.8), st.lists(st.integers(1, 200), min_size=1, max_size=3), st.integers(1, 500))
def test_a_fixed_share_is_that_part_of_all_steps(part, sizes, size):
    sampler = Sampler([lengths(each) for each in (*sizes, size)], 1, 10, seed=1, fixed=[*[None] * len(sizes), part])
    turns = [objective for objective, _ in steps(sampler)]
    others = shares(sizes, 1, 10)
    assert [turns.count(number) for number in range(len(sizes))] == others
    assert abs(turns.count(len(sizes)) - part * len(turns)) <= 1
