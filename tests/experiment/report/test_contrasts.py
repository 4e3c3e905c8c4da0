"""Log retention and its difference, against numbers computed by hand and by a second program."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.experiment.report.conftest import R
from xharness.experiment.report.arms import compared
from xharness.experiment.report.contrasts import Effect, contrast


def test_a_hand_made_case(rows):
    """Target a keeps a half and a quarter of 80, the baseline all and a half of it; target b has one language."""
    row = rows.row(("a", "de", "x", 3, 80, 40), ("a", "ru", "x", 3, 80, 20), ("b", "de", "x", 3, 50, 50))
    base = rows.row(("a", "de", "x", 3, 80, 80), ("a", "ru", "x", 3, 80, 40), ("b", "de", "x", 3, 40, 20))
    found = contrast(compared(row, base).cells)
    # a: both languages lose a factor of two more; b: it loses a factor of two less. The targets weigh alike.
    assert found.retention.value == pytest.approx((-math.log(2) + math.log(2)) / 2, abs=1e-12)
    assert found.clean.value == pytest.approx((0 + 10) / 2)
    assert found.noisy.value == pytest.approx(((-40 - 20) / 2 + 30) / 2)
    assert found.interaction.value == pytest.approx(((-40 - 20) / 2 + 20) / 2)
    assert found.retention.ci95 is None and found.retention.p is None


def test_where_lower_is_better_more_is_worse(rows):
    row = rows.row(("nll", "de", "x", 3, 50, 60), lower=("nll",))
    base = rows.row(("nll", "de", "x", 3, 40, 40), lower=("nll",))
    found = contrast(compared(row, base).cells)
    assert found.retention.value == pytest.approx(-math.log(60 / 50))
    assert (found.clean.value, found.noisy.value, found.interaction.value) == pytest.approx((-10, -20, -10))


def _case(rows):
    """Return two rows of 2 targets, 2 languages, 2 noises, 3 seeds, and the arrays that they are made of."""
    rng = np.random.default_rng(7)
    places = [(task, language, seed) for task in "ab" for language in ("de", "ru") for seed in (1, 2, 3)]
    arrays, made = [], []
    for better in (0.0, 4.0):
        drawn = {}
        for place in places:
            for noise, level in ((None, 60), ("x", 40 + better), ("y", 30 + better)):
                drawn[*place, noise] = np.float32(level + place[2] + rng.normal(0, 3, R))
        arrays.append(drawn)
        records = [
            rows.record(task, language, seed, noise and (noise, 3), float(values.mean()), values)
            for (task, language, seed, noise), values in drawn.items()
        ]
        made.append(rows.scores(*records))
    return made, arrays


def test_intervals_and_p_equal_those_of_a_second_program(rows):
    (base, row), (of_base, of_row) = _case(rows)
    found = contrast(compared(row, base).cells)

    draws = np.random.default_rng(3).integers(3, size=(2, R))  # two of three seeds, as documented
    retention, did = np.zeros(R), np.zeros(R)
    for r in range(R):
        for sign, side in ((1, of_row), (-1, of_base)):
            for task in "ab":
                for language in ("de", "ru"):
                    clean, x, y = (
                        np.mean([float(side[task, language, 1 + seed, noise][r]) for seed in draws[:, r]])
                        for noise in (None, "x", "y")
                    )
                    retention[r] += sign * (math.log(x / clean) + math.log(y / clean)) / 8
                    did[r] += sign * ((x - clean) + (y - clean)) / 8
    assert found.retention.drawn == pytest.approx(retention, rel=1e-9)
    assert found.interaction.drawn == pytest.approx(did, rel=1e-9)
    low, high = sorted(retention)[24:26], sorted(retention)[974:976]
    assert low[0] <= found.retention.ci95[0] <= low[1] and high[0] <= found.retention.ci95[1] <= high[1]
    assert found.retention.ci95[0] > 0
    assert found.retention.p == pytest.approx(2 * (sum(each <= 0 for each in retention) + 1) / (R + 1))


def test_a_row_compared_with_itself_has_no_effect(rows):
    (base, _), _ = _case(rows)
    found = contrast(compared(base, base).cells)
    assert (found.retention.value, found.retention.ci95, found.retention.p) == (0, (0, 0), 1)


def test_a_replicate_with_a_score_of_0_leaves_its_cell_out(rows):
    zeros = np.full(R, 50.0)
    zeros[:10] = 0.0
    fine = np.full(R, 50.0)

    def one(noisy_de, noisy_ru):
        records = [rows.record("a", code, 1, None, 100, np.full(R, 100.0)) for code in ("de", "ru")]
        records += [
            rows.record("a", "de", 1, ("x", 3), 50, noisy_de),
            rows.record("a", "ru", 1, ("x", 3), 50, noisy_ru),
        ]
        return rows.scores(*records)

    found = contrast(compared(one(zeros, fine * 0.5), one(fine, fine)).cells).retention.drawn
    assert found[:10] == pytest.approx(-math.log(2))  # ru alone
    assert found[10:] == pytest.approx(-math.log(2) / 2)


@pytest.mark.parametrize(("below", "p"), [(0, 2 / 1001), (30, 62 / 1001), (500, 1.0)])
def test_p_is_twice_the_smaller_share(below, p):
    drawn = np.r_[np.full(below, -1.0), np.full(R - below, 1.0)]
    assert Effect(0.5, drawn).p == pytest.approx(p)
