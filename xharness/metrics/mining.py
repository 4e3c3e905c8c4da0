"""Bitext mining: F1 of mined pairs of ids against the gold pairs (BUCC)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xharness.errors import StageError
from xharness.metrics.base import OVERLAP, Measured

Pairs = Iterable[Iterable[str]]


def mining_f1(predictions: Pairs, gold: Pairs, language: str = "") -> Measured:
    """Return `f1`, `precision` and `recall` of two sets of (source id, target id); n is the number of gold pairs.

    Duplicates count once; without a hit all three are the integer 0. The units of the bootstrap are the pairs of both
    sets. Raises StageError if there are no gold pairs.

    Source: google-research/xtreme, evaluate.py, bucc_f1.
    """
    import numpy as np

    mined = [tuple(pair) for pair in predictions]
    unique, true = set(mined), {tuple(pair) for pair in gold}
    if not true:
        raise StageError("no gold pairs to score against")
    hits = len(unique & true)
    outcomes = [(1, 1, 1)] * hits + [(0, 1, 0)] * (len(unique) - hits) + [(0, 0, 1)] * (len(true) - hits)
    return Measured(
        values=_scores(hits, len(unique), len(true)),
        n=len(true),
        stats=np.array(outcomes),
        combine=OVERLAP,
        notes=_notes(mined, unique),
    )


def _scores(hits: int, mined: int, gold: int) -> dict[str, float]:
    if not hits:
        return {"f1": 0, "precision": 0, "recall": 0}
    precision, recall = hits / mined, hits / gold
    f1 = 2 * precision * recall / (precision + recall)
    return {"f1": f1 * 100, "precision": precision * 100, "recall": recall * 100}


def _notes(mined: list[tuple[str, ...]], unique: set[tuple[str, ...]]) -> dict[str, Any]:
    repeated = len(mined) - len(unique)
    return {"repeated_pairs": repeated} if repeated else {}
