"""Which cells of two rows are compared, and why others are left out."""

from __future__ import annotations

from xharness.experiment.report.arms import compared

A = ("a", "de", "x", 3, 80.0, 40.0)


def test_english_and_searched_noises_are_not_compared(rows):
    one = rows.row(A, ("a", "en", "x", 3, 90, 80))
    searched = rows.record("a", "de", 1, ("z", 3), 10)
    searched["noise"]["search"] = "greedy"
    row = rows.scores(*one.content["cells"], searched)
    found = compared(row, row)
    assert [(cell.language, cell.noise) for cell in found.cells] == [("de", "x")]
    assert found.left_out == {}


def test_a_cell_without_a_ratio_is_left_out_in_both_rows(rows):
    found = compared(rows.row(A, ("a", "ru", "x", 3, 50, 25)), rows.row(A, ("a", "ru", "x", 3, 50, 0)))
    assert [cell.language for cell in found.cells] == ["de"]
    assert [(cell.language, reason) for cell, reason in found.left_out.items()] == [("ru", "a score is 0")]


def _reasons(row, base):
    return list(compared(row, base).left_out.values())


def test_each_lack_has_its_reason(rows):
    whole = rows.row(A)
    clean, noisy = whole.content["cells"]
    failed = rows.scores(clean, {**noisy, "status": "failed", "reason": "out of memory"})
    assert _reasons(whole, failed) == ["out of memory"]
    assert _reasons(failed, whole) == ["out of memory"]
    assert _reasons(whole, rows.scores(clean, {**noisy, "data": {"examples": "other"}})) == ["different data"]
    assert _reasons(whole, rows.scores(noisy)) == ["seed 1 has no clean or no noisy cell"]
    assert _reasons(whole, rows.scores(clean, noisy, {**noisy})) == ["the rows have different noise seeds"]
    assert _reasons(whole, rows.scores(clean, {**noisy, "seed": 2})) == ["the rows have no seed in common"]


def test_only_seeds_of_both_rows_count(rows):
    def row(*seeds):
        records = [(rows.record("a", "de", s, None, 10 * s), rows.record("a", "de", s, ("x", 3), 5 * s)) for s in seeds]
        return rows.scores(*[record for both in records for record in both])

    found = compared(row(1, 2, 3), row(2, 3))
    [arms] = found.cells.values()
    assert found.seeds == (2, 3)
    assert (arms.row.clean, arms.row.noisy) == (25, 12.5)


def test_a_seed_that_lacks_in_one_cell_leaves_the_cell_out(rows):
    def records(seed, language):
        return [rows.record("a", language, seed, None, 10), rows.record("a", language, seed, ("x", 3), 5)]

    whole = rows.scores(*records(1, "de"), *records(2, "de"), *records(1, "ru"), *records(2, "ru"))
    part = rows.scores(*records(1, "de"), *records(2, "de"), *records(1, "ru"))
    found = compared(whole, part)
    assert [cell.language for cell in found.cells] == ["de"]
    assert list(found.left_out.values()) == ["seed 2 has no clean or no noisy cell"]
