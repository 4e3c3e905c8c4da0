"""What an adapter is asked to train: which examples, on how many tasks, and which head it writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import Mixing, StageError, Start
from xharness.run.training import balanced, drawn


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


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.floats(0, 1), st.integers(0, 5))
def test_a_language_gives_its_share_and_no_example_much_more_often_than_another(sizes, exponent, seed):
    found = balanced(sizes, exponent, seed)
    whole = sum(size**exponent for size in sizes)
    for size, places in zip(sizes, found, strict=True):
        assert abs(len(places) - sum(sizes) * size**exponent / whole) <= 1
        often = [places.count(place) for place in range(size)]
        assert max(often) - min(often) <= 1
    assert found == balanced(sizes, exponent, seed)


def test_shares_by_hand():
    # 16 and 4 examples at an exponent of a half: 4 to 2, of 20 in all.
    assert [len(places) for places in balanced([16, 4], 0.5, 1)] == [13, 7]
    assert [len(places) for places in balanced([16, 4], 0.0, 1)] == [10, 10]
    assert balanced([3, 2], 1.0, 1) == [[0, 1, 2], [0, 1]]


@pytest.fixture
def asked(registry, monkeypatch):
    """The trainings that the toy adapter gets."""
    found, toys = [], vars(registry.get("models", "toy"))
    real = toys["train"]
    monkeypatch.setitem(toys, "train", lambda training: found.append(training) or real(training))
    return found


def test_one_task_is_trained_with_its_head(run, asked):
    run(tasks=["toy-tags"])
    [training] = asked
    assert [each.task.name for each in training.tasks] == ["toy-tags"]
    assert (training.head, training.mixing, training.lora, training.start) == ("toy-tags", None, None, Start())


def test_a_mixture_is_trained_with_the_head_of_the_target_or_with_none(run, asked):
    run(tasks=["toy-tags", "toy-pairs"], recipe="multi-task", params={"intermediate": "toy-parity"})
    found = {training.head: training for training in asked}
    assert [each.task.name for each in found["toy-tags"].tasks] == ["toy-parity", "toy-tags"]
    assert [each.task.name for each in found[None].tasks] == ["toy-parity"]
    assert all(isinstance(training.mixing, Mixing) for training in asked)
