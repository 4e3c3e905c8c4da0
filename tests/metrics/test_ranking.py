"""Average precision against plain loops, against scikit-learn, and against the official outputs."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness.errors import StageError
from xharness.metrics.ranking import map_at_20, map_uncut


def plain(ranking, relevant, cut=None):
    """Sum the precision at every place, up to the cut, where a gold candidate is seen for the first time."""
    gold = set(relevant)
    precisions = 0.0
    for rank in range(1, len(ranking[:cut]) + 1):
        if ranking[rank - 1] in gold.difference(ranking[: rank - 1]):
            precisions += len(gold.intersection(ranking[:rank])) / rank
    return precisions / min(len(gold), cut or len(gold))


def search(pool, scores, answers, keep=20):
    """Rank a pool as officially, by an ascending sort read backwards: a row, and the gold ids (every copy counts)."""
    ranking = sorted(range(len(pool)), key=lambda candidate: scores[candidate])[::-1]
    gold = [str(candidate) for candidate, sentence in enumerate(pool) if sentence in answers]
    ranks = [ranking.index(int(candidate)) + 1 for candidate in gold]
    names = [str(candidate) for candidate in ranking]
    return {"prediction": names[:keep], "ranks": ranks}, names, gold


def corpus(rng):
    """Make rows and gold of queries to pools whose sentences repeat and whose scores tie, and what they should score.

    A sentence that is repeated has one vector, so that its copies tie; sentences of one score tie with each other.
    """
    rows, gold, cut, uncut = [], [], [], []
    for number in range(rng.randint(1, 8)):
        kinds = rng.randint(1, 40)
        pool = [rng.randrange(kinds) for _ in range(rng.randint(1, 60))]
        score = [rng.randrange(6) for _ in range(kinds)]
        answers = set(rng.sample(pool, k=rng.randint(1, min(len(pool), 6))))
        row, ranking, relevant = search(pool, [score[sentence] for sentence in pool], answers)
        rows.append({"id": f"q{number}", **row})
        gold.append((f"q{number}", relevant))
        cut.append(plain(ranking, relevant, 20))
        uncut.append(plain(ranking, relevant))
    return rows, gold, cut, uncut


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_equals_plain_loops_with_ties_and_repeated_sentences(seed):
    rows, gold, cut, uncut = corpus(random.Random(seed))
    result = map_at_20(rows, gold)
    assert result.values == {"map@20": sum(cut) / len(cut) * 100}
    assert result.stats.tolist() == [[value, 1.0] for value in cut]
    assert result.notes == {}
    assert map_uncut(rows, gold).values == {"map": sum(uncut) / len(uncut) * 100}


def test_the_corpora_hold_what_they_should():
    made = [corpus(random.Random(seed)) for seed in range(50)]
    numbers = [len(relevant) for _, gold, _, _ in made for _, relevant in gold]
    assert min(numbers) == 1
    assert max(numbers) > 20
    assert any(cut != uncut for _, _, cut, uncut in made)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=80).filter(any))
def test_uncut_equals_scikit_learn(right):
    metrics = pytest.importorskip("sklearn.metrics")
    expected = metrics.average_precision_score(right, range(len(right), 0, -1)) * 100
    ranks = [rank for rank, hit in enumerate(right, start=1) if hit]
    gold = [("q", [str(rank) for rank in ranks])]
    random.Random(0).shuffle(ranks)
    [value] = map_uncut([{"id": "q", "prediction": [], "ranks": ranks}], gold).values.values()
    assert value == pytest.approx(expected, rel=1e-12)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, 30)), min_size=1))
def test_one_gold_candidate_has_the_mean_reciprocal_rank_to_the_last_bit(positions):
    rows, reciprocal = [], []
    for number, rank in enumerate(positions):
        names = [f"Q{other}" for other in range(1, 31)]
        if rank:
            names[rank - 1] = "gold"
        rows.append({"id": str(number), "prediction": names})
        reciprocal.append(1.0 / rank if rank and rank <= 20 else 0.0)
    gold = [(str(number), ["gold"]) for number in range(len(positions))]
    mean = 0
    for each in reciprocal:
        mean += each
    assert map_at_20(rows, gold).values == {"map@20": mean / len(positions) * 100}


def test_by_hand():
    rows = [{"id": "q1", "prediction": ["a", "x", "b"]}, {"id": "q2", "prediction": ["x", "y"]}]
    gold = [("q1", ["b", "a", "c"]), ("q2", ["z"])]
    result = map_at_20(rows, gold)
    assert result.values == {"map@20": ((1 + 2 / 3) / 3 + 0) / 2 * 100}
    assert result.n == 2
    assert result.combine["map@20"](result.stats[:1])[0] == pytest.approx((1 + 2 / 3) / 3 * 100)


def test_more_gold_candidates_than_places():
    gold = [("q", [str(number) for number in range(30)])]
    rows = [{"id": "q", "prediction": [str(number) for number in range(30)], "ranks": range(1, 31)}]
    assert map_at_20(rows, gold).values == {"map@20": 100.0}
    assert map_uncut(rows, gold).values == {"map": 100.0}
    rows[0]["prediction"] = ["x"] * 19 + rows[0]["prediction"]
    assert map_at_20(rows, gold).values == {"map@20": 1 / 20 / 20 * 100}


def test_a_candidate_that_is_listed_again_counts_once():
    rows = [{"id": "q", "prediction": ["a", "a", "a", "b"]}]
    assert map_at_20(rows, [("q", ["a", "b"])]).values == {"map@20": (1 + 2 / 4) / 2 * 100}
    assert map_at_20(rows, [("q", ["a", "a"])]).values == {"map@20": 100.0}
    assert map_uncut([{"id": "q", "prediction": [], "ranks": [2]}], [("q", ["a", "a"])]).values == {"map": 50.0}


def test_queries_without_prediction_and_predictions_without_query():
    rows = [{"id": "q1", "prediction": ["a"], "ranks": [1]}, {"id": "q9", "prediction": ["a"], "ranks": [1]}]
    gold = [("q1", ["a"]), ("q2", ["a"])]
    for metric in (map_at_20, map_uncut):
        result = metric(rows, gold)
        assert list(result.values.values()) == [50.0]
        assert result.notes == {"unanswered": ["q2"], "unknown": ["q9"]}
    assert map_at_20([], gold).values == {"map@20": 0.0}


def test_uncut_has_no_value_without_ranks():
    rows = [{"id": "q1", "prediction": ["a"]}, {"id": "q2", "prediction": ["a"], "ranks": None}]
    gold = [("q1", ["a"]), ("q2", ["a"])]
    assert map_uncut(rows, gold).values == {}
    assert map_uncut([], gold).values == {}
    rows[0]["ranks"] = [3]
    with pytest.raises(StageError, match="query 'q2' has no ranks, but other queries have ranks"):
        map_uncut(rows, gold)


def test_a_gold_candidate_without_a_place_was_never_found():
    assert map_uncut([{"id": "q", "prediction": [], "ranks": [2]}], [("q", ["a", "b"])]).values == {"map": 25.0}
    assert map_uncut([{"id": "q", "prediction": [], "ranks": []}], [("q", ["a", "b"])]).values == {"map": 0.0}


@pytest.mark.parametrize("ranks", [[2, 2], [0, 1], [1, 2, 3]])
def test_ranks_that_cannot_be_are_refused(ranks):
    with pytest.raises(StageError, match="the ranks of query 'q' are not distinct ranks, from 1, of 2 gold candid"):
        map_uncut([{"id": "q", "prediction": [], "ranks": ranks}], [("q", ["a", "b"])])


def test_what_cannot_be_scored_is_refused():
    rows = [{"id": "q", "prediction": ["a"], "ranks": [1]}]
    for metric in (map_at_20, map_uncut):
        with pytest.raises(StageError, match="no queries to score"):
            metric(rows, [])
        with pytest.raises(StageError, match="gold candidate"):
            metric(rows, [("q", [])])
    with pytest.raises(StageError, match="the prediction for query 'q' is 'Q1', not a list of candidates"):
        map_at_20([{"id": "q", "prediction": "Q1"}], [("q", ["Q1"])])


def as_rows(predictions):
    return [{"id": name, "prediction": result} for name, result in predictions.items()]


@pytest.mark.shared
def test_official_vector(shared_spec):
    case = json.loads((shared_spec / "scoring_test_vectors.json").read_text("utf-8"))["mewslix"]
    result = map_at_20(as_rows(case["prediction"]), list(case["gold"].items()))
    assert result.values == {"map@20": case["map@20"]}
    assert result.notes == {"unanswered": ["e4"], "unknown": ["extra"]}


@pytest.mark.shared
def test_official_mock_data(shared_spec, shared_data):
    expected = json.loads((shared_spec / "mock_expected_scores.json").read_text("utf-8"))
    for language, value in expected["xtreme_r_partial"]["tasks"]["mewslix"]["map@20"].items():
        gold, predicted = (
            json.loads((shared_data / "mock_test_data" / side / "mewslix" / f"test-{language}.json").read_text("utf-8"))
            for side in ("labels", "predictions")
        )
        assert map_at_20(as_rows(predicted), list(gold.items())).values == {"map@20": value}, language
