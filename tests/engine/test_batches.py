"""Batches under a token budget hold every sequence once and little padding."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xharness.engine.batches import token_budget_batches, usual_budget

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


def test_a_batch_fits_the_caches_of_a_processor_whatever_the_encoder():
    assert [usual_budget("cpu", size) for size in (64, 384, 768, 1024, 0)] == [4096, 1024, 512, 384, 512]
    assert usual_budget("cuda", 768) == usual_budget("cuda", 64) == 2**16
