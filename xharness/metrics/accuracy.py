"""Accuracy: the share of units whose prediction equals the gold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xharness.errors import StageError
from xharness.metrics.base import Measured, share


def accuracy(predictions: Sequence[Any], gold: Sequence[Any], language: str = "") -> Measured:
    """Return `accuracy` of two sequences of the same length; StageError where they are not, or are empty.

    Source: google-research/xtreme, evaluate.py, accuracy.
    """
    same_length(predictions, gold, "predictions")
    return shared("accuracy", [predicted == true for predicted, true in zip(predictions, gold)])


def shared(key: str, hits: Sequence[bool]) -> Measured:
    """Return the percentage of hits under the name `key`."""
    import numpy as np

    stats = np.ones((len(hits), 2))
    stats[:, 0] = hits
    return Measured(values={key: sum(hits) / len(hits) * 100}, n=len(hits), stats=stats, combine=share(key))


def same_length(predictions: Sequence[Any], gold: Sequence[Any], what: str) -> None:
    """Raise StageError where two sequences are empty or differ in length."""
    if len(predictions) != len(gold):
        raise StageError(f"{len(predictions):,} {what} for {len(gold):,} in the gold; there must be one for each")
    if not gold:
        raise StageError("no examples: there is nothing to score")
