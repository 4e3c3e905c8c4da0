"""The rule for a verdict, and Holm's correction."""

from __future__ import annotations

import numpy as np
import pytest

from xharness.experiment.report.contrasts import Contrast, Effect
from xharness.experiment.report.verdicts import cause, holm, verdict, verdicts


def effects(low, high, did=1.0):
    """Return the effects of a row whose interval of retention is (low, high)."""
    wide = (high - low) * 0.025 / 0.95
    retention = Effect((low + high) / 2, np.linspace(low - wide, high + wide, 1001))
    none = Effect(0.0, None)
    return Contrast(retention, none, none, Effect(did, None))


def test_holm_on_a_hand_made_case():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
    )
    assert holm({"a": 0.6, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@pytest.mark.parametrize(
    ("low", "high", "p", "did", "expected"),
    [
        (-0.04, 0.04, 0.9, 0.0, "no effect"),
        (0.01, 0.04, 0.001, 1.0, "no effect"),  # sure, and smaller than the margin: the first rule
        (0.01, 0.09, 0.01, 1.0, "improves"),
        (0.01, 0.09, 0.06, 1.0, "inconclusive"),
        (0.01, 0.09, 0.01, -1.0, "inconclusive"),  # the share kept rises, the points lost rise too
        (-0.09, -0.01, 0.01, -1.0, "harms"),
        (-0.09, -0.01, 0.01, 1.0, "inconclusive"),
        (-0.09, 0.02, 0.01, -1.0, "inconclusive"),
    ],
)
def test_the_first_rule_that_holds(low, high, p, did, expected):
    assert verdict(effects(low, high, did), p, margin=0.05) == expected


def test_without_an_interval_nothing_is_decided():
    none = Effect(0.5, None)
    assert verdicts({"a": Contrast(none, none, none, none)}, 0.05) == {"a": (None, "inconclusive")}


def test_p_is_corrected_for_the_rows_that_have_one():
    found = verdicts({name: effects(0.01, 0.09) for name in "abc"}, 0.05)
    assert [p for p, _ in found.values()] == pytest.approx([3 * 2 / 1002] * 3, rel=0.01)
    assert {each for _, each in found.values()} == {"improves"}


@pytest.mark.parametrize(
    ("found", "beside", "expected"),
    [
        ("improves", "improves", "the task"),
        ("improves", "no effect", "the additional training"),
        ("harms", "inconclusive", "not decided"),
        ("improves", "harms", "not decided"),
        ("improves", None, "not decided"),
        ("no effect", "improves", None),
        ("inconclusive", "improves", None),
    ],
)
def test_the_placebo_says_what_makes_an_effect(found, beside, expected):
    assert cause(found, beside) == expected
