"""Ranking: average precision of ranked candidates (LAReQA, Mewsli-X), cut at 20 as officially, and uncut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import StageError
from xharness.metrics.base import Measured, id_notes, share, total

Rows = Sequence[Mapping[str, Any]]
Gold = Sequence[tuple[str, Sequence[str]]]

CUT = 20


def map_at_20(predictions: Rows, gold: Gold, language: str = "") -> Measured:
    """Return `map@20`: average precision of the first 20 candidates of each query, averaged over the queries.

    A query's is the sum of (gold candidates so far / place) over the places of gold candidates, divided by their
    number or by 20 if that is less: the reciprocal rank where there is one. A candidate that is listed again is a miss.
    A query without prediction scores 0 and is noted as `unanswered`; ids that the gold does not have are noted as
    `unknown`. StageError where there is no query, a query has no gold candidate, or a prediction is not a list.

    Source: google-research/xtreme, third_party/utils_lareqa.py, average_precision_at_k; utils_mewslix.py, evaluate.
    """
    listed = {row["id"]: row["prediction"] for row in predictions}
    return _mean("map@20", [_first(query, listed.get(query, ()), true) for query, true in gold], gold, listed)


def map_uncut(predictions: Rows, gold: Gold, language: str = "") -> Measured:
    """Return `map`: average precision over all candidates, averaged over the queries.

    It is computed from `ranks`, the distinct places of a query's gold candidates among all candidates, from 1. A gold
    candidate without a place counts as never found. No value where no row has ranks; StageError where only some do, or
    they cannot be places of the gold candidates. For the rest see `map_at_20`.

    Source: Roy et al. 2020, LAReQA, https://arxiv.org/abs/2004.05484.
    """
    ranks = {row["id"]: row.get("ranks") for row in predictions}
    lacking = [query for query, places in ranks.items() if places is None]
    if len(lacking) == len(ranks):
        return Measured(values={}, n=0)
    if lacking:
        raise StageError(f"query {lacking[0]!r} has no ranks, others have them")
    return _mean("map", [_all(query, ranks.get(query) or (), true) for query, true in gold], gold, ranks)


def _first(query: str, listed: Sequence[str], true: Sequence[str]) -> float:
    if not isinstance(listed, list | tuple):
        raise StageError(f"the prediction for query {query!r} is {listed!r}, not a list of candidates")
    missing = set(true)
    places = []
    for place, candidate in enumerate(listed[:CUT], start=1):
        if candidate in missing:
            missing.remove(candidate)
            places.append(place)
    return _precision(query, places, min(len(set(true)), CUT))


def _all(query: str, ranks: Sequence[int], true: Sequence[str]) -> float:
    places, number = sorted(set(ranks)), len(set(true))
    if len(places) < len(ranks) or len(places) > number or (places and places[0] < 1):
        raise StageError(f"the ranks of query {query!r} are not distinct places, from 1, of {number:,} gold candidates")
    return _precision(query, places, number)


def _precision(query: str, places: Sequence[int], number: int) -> float:
    if not number:
        raise StageError(f"query {query!r} has no gold candidate")
    return total(found / place for found, place in enumerate(places, start=1)) / number


def _mean(key: str, precisions: Sequence[float], gold: Gold, predicted: Mapping[str, Any]) -> Measured:
    import numpy as np

    if not gold:
        raise StageError("no queries: there is nothing to score")
    stats = np.ones((len(precisions), 2))
    stats[:, 0] = precisions
    return Measured(
        values={key: total(precisions) / len(precisions) * 100},
        n=len(precisions),
        stats=stats,
        combine=share(key),
        notes=id_notes(predicted, [query for query, _ in gold]),
    )
