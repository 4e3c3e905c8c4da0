"""The average of a suite: the mean over tasks, or the weights that it declares."""

from __future__ import annotations

import pytest

from xharness import PluginError, Suite

TASKS = {"a": (), "b": (), "c": ()}
SCORES = {"a": 10.0, "b": 20.0, "c": 60.0}


@pytest.mark.parametrize(
    ("weights", "value"),
    [
        ({}, 30.0),
        ({"pair": 1, "c": 1}, 37.5),
        ({"pair": 3, "c": 1}, 26.25),
        ({"c": 2}, 60.0),
        ({"pair": 1, "a": 1}, 12.5),
    ],
)
def test_the_value_is_the_weighted_mean_of_groups_and_tasks(weights, value):
    suite = Suite(name="s", tasks=TASKS, groups={"pair": ("a", "b")}, weights=weights)
    assert suite.average(SCORES) == pytest.approx(value)
    assert sum(suite.shares.values()) == pytest.approx(1 if weights else 0)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"pairs": 1}, "suite 's': weights: unknown group or task 'pairs'; did you mean pair"),
        ({"pair": 0}, "suite 's': weights: pair has 0; a weight must be above 0"),
        ({"pair": float("inf")}, "pair has inf; a weight must be above 0"),
    ],
)
def test_wrong_weights_are_refused(weights, message):
    with pytest.raises(PluginError, match=message):
        Suite(name="s", tasks=TASKS, groups={"pair": ("a", "b")}, weights=weights)
