"""pass@k against counts by hand and against its definition."""

from __future__ import annotations

from itertools import combinations

import pytest

from xharness.errors import StageError
from xharness.metrics.pass_at_k import estimate, pass_at_k


@pytest.mark.parametrize(
    ("samples", "passed", "k", "share"),
    [
        (1, 1, 1, 1.0),
        (1, 0, 1, 0.0),
        (5, 2, 1, 0.4),
        (5, 2, 2, 0.7),
        (5, 4, 2, 1.0),
        (4, 1, 4, 1.0),
        (10, 3, 5, 11 / 12),
    ],
)
def test_counts_by_hand(samples, passed, k, share):
    assert estimate(samples, passed, k) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("samples", range(1, 8))
def test_it_is_the_share_of_all_draws_with_a_program_that_passes(samples):
    for passed in range(samples + 1):
        for k in range(1, samples + 1):
            draws = list(combinations([True] * passed + [False] * (samples - passed), k))
            assert estimate(samples, passed, k) == pytest.approx(sum(map(any, draws)) / len(draws), abs=1e-12)


@pytest.mark.parametrize("wrong", [(1, 0, 2), (1, 2, 1), (3, 1, 0), (3, -1, 1)])
def test_other_counts_are_refused(wrong):
    with pytest.raises(ValueError, match="is not defined"):
        estimate(*wrong)


def rows(*outcomes):
    return [{"id": str(number), "prediction": "x", "outcomes": each} for number, each in enumerate(outcomes)]


def test_the_mean_over_problems_for_each_k_that_all_have():
    gold = [{"id": "0"}, {"id": "1"}]
    found = pass_at_k(rows(["passed"], ["timeout"]), gold)
    assert found.values == {"pass@1": 50.0}
    assert found.notes == {"outcomes": {"passed": 1, "timeout": 1}}
    named = [{**row, "sandbox": name} for row, name in zip(rows(["passed"], ["timeout"]), "ba", strict=True)]
    assert pass_at_k(named, gold).notes["sandbox"] == "a, b"
    found = pass_at_k(rows(["passed"] * 10, ["passed"] + ["assertion"] * 11), gold)
    assert found.values == {"pass@1": pytest.approx(50 * (1 + 1 / 12)), "pass@10": pytest.approx(50 * (1 + 10 / 12))}
    assert found.combine["pass@10"](found.stats[1:]) == pytest.approx([100 * 10 / 12])


def test_problems_without_tests_are_left_out_and_counted():
    gold = [{"id": "0", "tests": "check()"}, {"id": "1", "tests": None}, {"id": "2", "tests": "check()"}]
    found = pass_at_k([*rows(["passed"]), {"prediction": "x"}, *rows(["timeout"])], gold)
    assert (found.values, found.n, found.notes["without_tests"]) == ({"pass@1": 50.0}, 2, 1)


def test_programs_that_were_not_run_have_no_value():
    gold = [{"id": "0"}, {"id": "1"}]
    assert pass_at_k([{"prediction": "x"}] * 2, gold).values == {}
    with pytest.raises(StageError, match="problem '1' was not run"):
        pass_at_k([*rows(["passed"]), {"prediction": "x"}], gold)
