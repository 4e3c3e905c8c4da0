"""Mining by margin against the published rules in plain loops, and a threshold worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness.engine.mining import extract, mine, tune_threshold


def plainly(source_ids, source_texts, source, target_ids, target_texts, target, k=4):
    """The rules of the paper, a sentence at a time."""

    def unified(ids, texts, rows):
        first = {}
        for name, text, row in zip(ids, texts, rows, strict=True):
            first.setdefault(text, (name, row / np.linalg.norm(row)))
        return [(name, text, row) for text, (name, row) in first.items()]

    left, right = unified(source_ids, source_texts, source), unified(target_ids, target_texts, target)

    def mean_of_near(row, others):
        near = sorted((float(row @ other) for _, _, other in others), reverse=True)[:k]
        return sum(near) / len(near)

    near_left = [mean_of_near(row, right) for _, _, row in left]
    near_right = [mean_of_near(row, left) for _, _, row in right]

    def margin(i, j):
        return float(left[i][2] @ right[j][2]) / ((near_left[i] + near_right[j]) / 2)

    candidates = []
    for i in range(len(left)):
        near = sorted(range(len(right)), key=lambda j: -float(left[i][2] @ right[j][2]))[:k]
        candidates.append(max((margin(i, j), i, j) for j in near))
    for j in range(len(right)):
        near = sorted(range(len(left)), key=lambda i: -float(left[i][2] @ right[j][2]))[:k]
        candidates.append(max((margin(i, j), i, j) for i in near))
    taken, found = (set(), set()), []
    for score, i, j in sorted(candidates, reverse=True):
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            if list(source_texts).count(left[i][1]) == 1 == list(target_texts).count(right[j][1]):
                found.append((left[i][0], right[j][0], score))
    return found


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 25), st.integers(1, 25), st.integers(0, 1000), st.integers(3, 30))
def test_candidates_are_those_of_the_rules_in_plain_loops(sources, targets, seed, vocabulary):
    rng = np.random.default_rng(seed)
    texts = [[f"{side}{rng.integers(vocabulary)}" for _ in range(n)] for side, n in (("s", sources), ("t", targets))]
    # Positive vectors, as those of sentences are: none is opposite to another, so that no margin divides by nearly 0.
    known = {text: rng.random(8) + 0.05 for side in texts for text in side}
    rows = [np.array([known[text] for text in side], dtype=np.float32) for side in texts]
    ids = [[f"{side}-{number}" for number in range(n)] for side, n in (("de", sources), ("en", targets))]
    found = mine(ids[0], texts[0], rows[0], ids[1], texts[1], rows[1])
    expected = plainly(ids[0], texts[0], rows[0], ids[1], texts[1], rows[1])
    assert [pair[2] for pair in found] == pytest.approx([pair[2] for pair in expected], abs=1e-5)
    assert {pair[:2] for pair in found} == {pair[:2] for pair in expected}


def test_a_text_that_occurs_twice_is_never_in_a_pair():
    rows = np.eye(3, dtype=np.float32)
    found = mine(["s1", "s2", "s3"], ["a", "b", "b"], rows[[0, 1, 1]], ["t1", "t2"], ["A", "B"], rows[:2])
    assert [pair[:2] for pair in found] == [("s1", "t1")]


def test_an_empty_pool_gives_no_candidate():
    assert mine([], [], np.zeros((0, 4)), ["t"], ["A"], np.ones((1, 4))) == []


CANDIDATES = [("a", "1", 1.9), ("b", "9", 1.7), ("c", "3", 1.5), ("d", "4", 1.2), ("e", "8", 1.1)]


def test_the_threshold_lies_between_the_last_taken_and_the_next():
    gold = [("a", "1"), ("c", "3"), ("d", "4"), ("f", "6")]
    # Of the first four, three are right: P 3/4, R 3/4; three candidates give 2/3 and 1/2, all five 3/5 and 3/4.
    threshold = tune_threshold(CANDIDATES, gold)
    assert threshold == pytest.approx((1.2 + 1.1) / 2)
    assert extract(CANDIDATES, threshold) == CANDIDATES[:4]


def test_the_shortest_of_equally_good_prefixes_counts():
    assert tune_threshold(CANDIDATES, [("a", "1")]) == pytest.approx((1.9 + 1.7) / 2)


def test_where_all_are_taken_the_last_margin_is_the_threshold():
    gold = [(source, target) for source, target, _ in CANDIDATES]
    assert tune_threshold(CANDIDATES, gold) == 1.1
    assert extract(CANDIDATES, 1.1) == CANDIDATES


def test_where_none_is_right_nothing_is_cut():
    assert tune_threshold(CANDIDATES, [("x", "y")]) == 0.0
    assert tune_threshold([], [("x", "y")]) == 0.0
