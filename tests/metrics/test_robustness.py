"""Numbers of robustness against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from xharness.metrics.robustness import (
    expectation,
    mean_corruption_error,
    relative_corruption_error,
    relative_drop,
)

ERRORS = {"swap": [30.0, 50.0], "case": [20.0, 20.0]}
REFERENCE = {"swap": [40.0, 60.0], "case": [10.0, 30.0]}


def test_a_relative_drop_is_the_share_of_what_is_above_chance():
    assert relative_drop(80.0, 60.0, 0.0) == 25.0
    assert relative_drop(75.0, 50.0, 50.0) == 100.0
    assert relative_drop(80.0, 90.0, 0.0) == -12.5


def test_a_score_near_chance_has_no_relative_drop():
    assert relative_drop(35.0, 30.0, 100 / 3) is None
    assert relative_drop(36.0, 36.0, 34.0) == 0.0


def test_mean_corruption_error_compares_summed_errors_with_a_reference():
    assert mean_corruption_error(ERRORS, REFERENCE) == pytest.approx(100 * (80 / 100 + 40 / 40) / 2)
    assert mean_corruption_error(REFERENCE, REFERENCE) == 100.0


@pytest.mark.parametrize("errors", [{}, {"swap": [1.0, 2.0]}, {"swap": [1.0], "case": [1.0, 2.0]}])
def test_other_noises_or_severities_than_the_reference_are_refused(errors):
    with pytest.raises(ValueError, match="same"):
        mean_corruption_error(errors, REFERENCE)


def test_the_relative_error_compares_what_noise_adds():
    found = relative_corruption_error(ERRORS, 20.0, REFERENCE, 25.0)
    # swap: (10 + 30) / (15 + 35); case: the errors of the reference do not rise, -15 + 5 = -10 over two severities
    assert found.value == pytest.approx(100 * (40 / 50 + 0 / -10) / 2)
    assert found.left_out == ()


def test_a_noise_that_does_not_touch_the_reference_is_left_out():
    found = relative_corruption_error(ERRORS, 20.0, {"swap": [40.0, 60.0], "case": [25.2, 25.4]}, 25.0)
    assert found.value == pytest.approx(100 * 40 / 50)
    assert found.left_out == ("case",)
    none = relative_corruption_error({"a": [3.0]}, 1.0, {"a": [25.0]}, 25.0)
    assert (none.value, none.left_out) == (None, ("a",))


def logistic(x):
    return 100 / (1 + math.exp(-x))


def test_effective_robustness_is_what_exceeds_the_line_of_the_baselines():
    baselines = [(logistic(x), logistic(0.5 * x - 1)) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    line = expectation(baselines)
    assert (line.intercept, line.slope) == (pytest.approx(-1.0), pytest.approx(0.5))
    assert line.noisy(50.0) == pytest.approx(logistic(-1.0))
    assert line.effective_robustness(50.0, 40.0) == pytest.approx(40.0 - logistic(-1.0))


def test_few_or_equal_baselines_give_no_line():
    assert expectation([(10.0 * n, 5.0 * n) for n in range(1, 5)]) is None
    assert expectation([(50.0, 10.0 * n) for n in range(1, 6)]) is None


def test_scores_of_nought_and_hundred_are_clipped():
    line = expectation([(0.0, 0.0), (100.0, 100.0), (50.0, 50.0), (20.0, 20.0), (80.0, 80.0)])
    assert line.noisy(0.0) == pytest.approx(0.5)
    assert line.noisy(100.0) == pytest.approx(99.5)
