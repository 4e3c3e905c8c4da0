"""Batches under a token budget hold every sequence once and little padding."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xharness.engine.batches import token_budget_batches

LENGTHS = st.lists(st.integers(0, 300), max_size=200).map(np.array)


@given(LENGTHS, st.integers(1, 2000))
def test_every_sequence_stands_in_one_batch_within_the_budget(lengths, budget):
    batches = token_budget_batches(lengths, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget


@given(LENGTHS, st.integers(1, 2000))
def test_the_longest_come_first(lengths, budget):
    order = [int(lengths[index]) for batch in token_budget_batches(lengths, budget) for index in batch]
    assert order == sorted(order, reverse=True)


def test_a_budget_of_one_gives_each_sequence_its_own_batch():
    assert [list(batch) for batch in token_budget_batches(np.array([3, 9, 5]), 1)] == [[1], [2], [0]]


def test_mixed_lengths_are_hardly_padded():
    lengths = np.random.default_rng(0).integers(8, 128, size=5000)
    padded = sum(len(batch) * lengths[batch].max() for batch in token_budget_batches(lengths, 4096))
    assert padded / lengths.sum() < 1.02
