"""Nearest neighbours against a plain sort, and mining against the rules in plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness.engine.search import nearest, normalise


def vectors(rows, seed, width=16):
    return np.random.default_rng(seed).standard_normal((rows, width)).astype(np.float32)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 5), st.integers(0, 9))
def test_neighbours_are_those_of_a_plain_sort(queries, rows, k, seed):
    left, right = vectors(queries, seed), vectors(rows, seed + 100)
    scores, found = nearest(left, right, k)
    products = left @ right.T
    expected = np.sort(products, axis=1)[:, ::-1][:, : min(k, rows)]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(products, found, axis=1), expected, rtol=1e-4, atol=1e-5)


def test_a_memory_mapped_matrix_is_searched(tmp_path):
    np.save(tmp_path / "vectors.npy", vectors(50, 1))
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    _, found = nearest(normalise(mapped), normalise(mapped), 1)
    assert found[:, 0].tolist() == list(range(50))


def test_normalised_vectors_have_length_one_and_a_zero_stays():
    given_ = np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)
    unit = normalise(given_)
    assert unit.dtype == np.float32
    assert unit.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]
    assert given_[0].tolist() == [3.0, 4.0]
