"""Which examples a few shots are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.errors import StageError
from xharness.run.training import drawn


@given(st.integers(1, 200), st.integers(0, 5), st.data())
def test_a_draw_is_of_different_examples_and_always_the_same(size, number, data):
    count = data.draw(st.integers(1, size))
    found = drawn(size, count, number)
    assert found == drawn(size, count, number)
    assert len(set(found)) == count
    assert found == sorted(found)
    assert set(found) <= set(range(size))


def test_draws_are_pinned():
    # Counted once; another interpreter must draw the same, or stored results would not be repeated.
    assert drawn(100, 5, 1) == [5, 39, 50, 78, 88]
    assert len({tuple(drawn(1000, 10, number)) for number in range(50)}) == 50


def test_more_than_there_are_is_refused():
    with pytest.raises(
        StageError, match="20 examples are to be drawn where there are 10; use --param shots=10 or fewer"
    ):
        drawn(10, 20, 1)
