"""Bitext retrieval: how often the nearest neighbour of a sentence is its translation (Tatoeba), in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import StageError
from xharness.metrics.accuracy import accuracy, same_length, shared
from xharness.metrics.base import Measured

Rows = Sequence[Mapping[str, Any]]


def retrieval_accuracy(predictions: Rows, gold: Sequence[Any], language: str = "") -> Measured:
    """Return `accuracy` of the scored direction: row i's `prediction` is the document found for query i.

    StageError where lengths differ. Source: google-research/xtreme, evaluate.py, accuracy on tatoeba.
    """
    return accuracy([row["prediction"] for row in predictions], gold)


def retrieval_accuracy_reverse(predictions: Rows, gold: Sequence[int], language: str = "") -> Measured:
    """Return `accuracy_xx_en`, which the official evaluator does not give: row i's `reverse` is the query found for
    document i, right where the gold of that query is i.

    Documents that are the gold of no query are left out. No value where the rows hold no `reverse`; StageError where
    only some do.
    """
    same_length(predictions, gold, "predictions")
    found = [row.get("reverse") for row in predictions]
    if all(query is None for query in found):
        return Measured(values={}, n=0)
    if None in found:
        raise StageError(f"row {found.index(None) + 1:,} has no reverse prediction, others have one")
    right = {(document, query) for query, document in enumerate(gold)}
    wanted = sorted({document for document in gold if document < len(found)})
    return shared("accuracy_xx_en", [(document, found[document]) in right for document in wanted])
