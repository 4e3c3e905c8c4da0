"""Accuracy: the percentage of predictions that equal the gold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xharness.errors import StageError
from xharness.metrics.base import Measured, share


def accuracy(predictions: Sequence[Any], gold: Sequence[Any], language: str = "") -> Measured:
    """Return `accuracy`; raise StageError if the sequences are empty or differ in length.

    Source: google-research/xtreme, evaluate.py, accuracy.
    """
    same_length(predictions, gold, "predictions")
    return shared("accuracy", [predicted == true for predicted, true in zip(predictions, gold)])


def shared(key: str, hits: Sequence[bool]) -> Measured:
    """Return the percentage of hits, named `key`."""
    import numpy as np

    stats = np.ones((len(hits), 2))
    stats[:, 0] = hits
    return Measured(values={key: sum(hits) / len(hits) * 100}, n=len(hits), stats=stats, combine=share(key))


def same_length(predictions: Sequence[Any], gold: Sequence[Any], what: str) -> None:
    """Raise StageError if two sequences are empty or differ in length; `what` names the units in the message."""
    if len(predictions) != len(gold):
        raise StageError(f"{len(predictions):,} {what} but {len(gold):,} in the gold; the numbers must be equal")
    if not gold:
        raise StageError("no examples to score")
