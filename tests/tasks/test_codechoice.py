"""Candidates for a description: the right one once, similar ones and random ones; ranks by scores."""

from __future__ import annotations

import pytest

import xharness_tasks
from xharness import DataOptions, StageError
from xharness.metrics.ranking import choice_rank
from xharness_plugins.sources.local import LOCAL
from xharness_plugins.sources.mini import MINI
from xharness_tasks.codechoice import with_choices, with_pool

TASK, POOL = (
    next(task for task in xharness_tasks.TASKS if task.name == name)
    for name in ("codechoice_mconala", "codechoice_mconala_pool")
)


def problems(*targets):
    return [{"id": str(number), "text": f"text {number}", "target": target} for number, target in enumerate(targets)]


def test_a_row_has_the_right_candidate_once_and_similar_ones_first():
    codes = [f"value_{number} = {number}" for number in range(100)]
    rows = list(with_choices(problems("parse_dates(a)", "parse_dates(b)", *codes, "parse_dates( a )"), 6))
    for number, row in enumerate(rows[:102]):
        assert len(row["choices"]) == len(set(row["choices"])) == 6
        assert row["choices"][row["label"]] == ["parse_dates(a)", "parse_dates(b)", *codes][number]
    assert "parse_dates(b)" in rows[0]["choices"]
    assert "parse_dates( a )" not in rows[0]["choices"]  # the same tokens: right too
    assert len({row["label"] for row in rows}) > 3
    assert rows == list(with_choices(problems("parse_dates(a)", "parse_dates(b)", *codes, "parse_dates( a )"), 6))


def test_in_a_pool_all_snippets_are_candidates_and_only_equal_ones_are_left_out():
    rows = list(with_pool(problems("b = 1", "a = 1", "b=1", "a = 1", "c(")))
    assert [row["choices"] for row in rows] == [
        ["a = 1", "b = 1", "c("],
        ["a = 1", "b = 1", "b=1", "c("],
        ["a = 1", "b=1", "c("],
        ["a = 1", "b = 1", "b=1", "c("],
        ["a = 1", "b = 1", "b=1", "c("],
    ]
    assert [row["choices"][row["label"]] for row in rows] == ["b = 1", "a = 1", "b=1", "a = 1", "c("]


def test_noise_leaves_the_code():
    row = MINI.load(TASK, "es", "test", DataOptions(params={"size": 12}))[0]

    class Noiser:
        def text(self, column, text):
            return f"{column}: noisy"

    noisy = TASK.kind.noise(row, Noiser())
    assert noisy == {**row, "context": "context: noisy"}


def test_ranks_by_hand():
    rows = [{"scores": [0.1, 0.7, 0.2]}, {"scores": [0.4, 0.4, 0.2]}, {"scores": [0.5, 0.3, 0.2]}]
    found = choice_rank(rows, [1, 1, 2])
    assert found.values == pytest.approx({"mrr": 100 * (1 + 1 / 2 + 1 / 3) / 3, "recall@1": 100 / 3, "recall@5": 100})
    with pytest.raises(StageError, match="numbers must be equal"):
        choice_rank(rows, [1])
    with pytest.raises(StageError, match=r"prediction 0 \(from 0\) has 0 scores, none for choice 1"):
        choice_rank([{"scores": []}], [1])


def test_chance_is_that_of_a_random_order():
    assert TASK.kind.chance(TASK) == pytest.approx(17.99, abs=0.01)


@pytest.mark.shared
def test_real_questions(shared_data):
    rows = list(LOCAL.load(TASK, "es", "test", DataOptions(root=shared_data)))
    assert (len(rows), {len(row["choices"]) for row in rows}) == (341, {20})
    train = list(LOCAL.load(TASK, "en", "train", DataOptions(root=shared_data)))
    assert (len(train), {len(row["choices"]) for row in train}) == (2379, {8})
    pool = [list(LOCAL.load(POOL, code, "test", DataOptions(root=shared_data))) for code in POOL.languages]
    assert sum(len(row["choices"]) for rows in pool for row in rows) == 264_938
