"""Ranking: mean average precision of candidates (LAReQA, Mewsli-X), at 20 as officially, and uncut; MRR."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError
from xharness.metrics.accuracy import same_length
from xharness.metrics.base import Combine, Measured, id_notes, ratio, share, total

if TYPE_CHECKING:
    import numpy as np

Rows = Sequence[Mapping[str, Any]]
Gold = Sequence[tuple[str, Sequence[str]]]

CUT = 20
_FEW = 5


def map_at_20(predictions: Rows, gold: Gold, language: str = "") -> Measured:
    """Return `map@20`: the average precision of the first 20 candidates of each query, averaged over the queries.

    The average precision is the sum of the precisions at the ranks of the gold candidates, divided by their number or
    by 20, whichever is less; with one gold candidate it is the reciprocal rank. A repeated candidate is a miss. A query
    without a prediction scores 0 and is noted as `unanswered`; ids that are not in the gold are noted as `unknown`.
    Raises StageError if there are no queries, a query has no gold candidate, or a prediction is not a list.

    Source: google-research/xtreme, third_party/utils_lareqa.py, average_precision_at_k; utils_mewslix.py, evaluate.
    """
    ranked = {row["id"]: row["prediction"] for row in predictions}
    return _mean("map@20", [_first(query, ranked.get(query, ()), true) for query, true in gold], gold, ranked)


def map_uncut(predictions: Rows, gold: Gold, language: str = "") -> Measured:
    """Return `map`: the average precision over all candidates, averaged over the queries.

    It is computed from `ranks`, the distinct ranks, from 1, of a query's gold candidates among all candidates. A gold
    candidate without a rank counts as not found. Returns no value if no row has ranks; raises StageError if only some
    rows have ranks, or they are not valid ranks of the gold candidates. Otherwise like `map_at_20`.

    Source: Roy et al. 2020, LAReQA, https://arxiv.org/abs/2004.05484.
    """
    ranks = {row["id"]: row.get("ranks") for row in predictions}
    lacking = [query for query, values in ranks.items() if values is None]
    if len(lacking) == len(ranks):
        return Measured(values={}, n=0)
    if lacking:
        raise StageError(f"query {lacking[0]!r} has no ranks, but other queries have ranks")
    return _mean("map", [_all(query, ranks.get(query) or (), true) for query, true in gold], gold, ranks)


def mrr(predictions: Rows, gold: Gold, language: str = "") -> Measured:
    """Return `mrr`, `recall@1` and `recall@5`: of the best rank of a query's gold candidates among all candidates.

    `mrr` is the mean of the reciprocal ranks, `recall@k` the share of queries with a gold candidate among the first k.
    Queries without a prediction score 0 and are noted as `unanswered`. StageError if there are no queries.
    """
    import numpy as np

    if not gold:
        raise StageError("no queries to score")
    ranks = {row["id"]: row.get("ranks") or () for row in predictions}
    best = np.array([min(ranks.get(query, ()), default=np.inf) for query, _ in gold], dtype=float)
    stats = np.stack([1.0 / best, best <= 1, best <= _FEW, np.ones(len(best))], axis=1)
    names = ("mrr", "recall@1", f"recall@{_FEW}")
    combine: Combine = {name: _column(place) for place, name in enumerate(names)}
    return Measured(
        values={name: 100.0 * total(stats[:, place].tolist()) / len(best) for place, name in enumerate(names)},
        n=len(best),
        stats=stats,
        combine=combine,
        notes=id_notes(ranks, [query for query, _ in gold]),
    )


def choice_rank(predictions: Rows, gold: Sequence[int], language: str = "") -> Measured:
    """Return `mrr`, `recall@1` and `recall@5` of the right choice by the `scores` of all choices of each question.

    Choices with the score of the right one are before it. StageError if the numbers of predictions and gold differ, or
    the right choice has no score.
    """
    same_length(predictions, gold, "predictions")
    for number, (row, label) in enumerate(zip(predictions, gold, strict=True)):
        if label >= len(row["scores"]):
            raise StageError(f"prediction {number} (from 0) has {len(row['scores'])} scores, none for choice {label}")
    ranks = [
        sum(score >= row["scores"][label] for score in row["scores"])
        for row, label in zip(predictions, gold, strict=True)
    ]
    names = list(map(str, range(len(ranks))))
    rows = [{"id": name, "ranks": [rank]} for name, rank in zip(names, ranks, strict=True)]
    return mrr(rows, [(name, [name]) for name in names])


def _column(place: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda sums: ratio(sums[:, place], sums[:, -1])


def _first(query: str, ranked: Sequence[str], true: Sequence[str]) -> float:
    if not isinstance(ranked, list | tuple):
        raise StageError(f"the prediction for query {query!r} is {ranked!r}, not a list of candidates")
    remaining = set(true)
    ranks = []
    for rank, candidate in enumerate(ranked[:CUT], start=1):
        if candidate in remaining:
            remaining.remove(candidate)
            ranks.append(rank)
    return _precision(query, ranks, min(len(set(true)), CUT))


def _all(query: str, ranks: Sequence[int], true: Sequence[str]) -> float:
    distinct, number = sorted(set(ranks)), len(set(true))
    if len(distinct) < len(ranks) or len(distinct) > number or (distinct and distinct[0] < 1):
        raise StageError(f"the ranks of query {query!r} are not distinct ranks, from 1, of {number:,} gold candidates")
    return _precision(query, distinct, number)


def _precision(query: str, ranks: Sequence[int], number: int) -> float:
    if not number:
        raise StageError(f"query {query!r} has no gold candidate")
    return total(hits / rank for hits, rank in enumerate(ranks, start=1)) / number


def _mean(key: str, precisions: Sequence[float], gold: Gold, predicted: Mapping[str, Any]) -> Measured:
    import numpy as np

    if not gold:
        raise StageError("no queries to score")
    stats = np.ones((len(precisions), 2))
    stats[:, 0] = precisions
    return Measured(
        values={key: total(precisions) / len(precisions) * 100},
        n=len(precisions),
        stats=stats,
        combine=share(key),
        notes=id_notes(predicted, [query for query, _ in gold]),
    )
