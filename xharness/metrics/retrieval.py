"""Bitext retrieval: the accuracy of nearest-neighbour search for translations (Tatoeba), in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import StageError
from xharness.metrics.accuracy import accuracy, same_length, shared
from xharness.metrics.base import Measured

Rows = Sequence[Mapping[str, Any]]


def retrieval_accuracy(predictions: Rows, gold: Sequence[Any], language: str = "") -> Measured:
    """Return `accuracy` of the official direction: the `prediction` of row i is the document retrieved for query i.

    Raises StageError if lengths differ. Source: google-research/xtreme, evaluate.py, accuracy on tatoeba.
    """
    return accuracy([row["prediction"] for row in predictions], gold)


def retrieval_accuracy_reverse(predictions: Rows, gold: Sequence[int], language: str = "") -> Measured:
    """Return `accuracy_xx_en` of the reverse direction, which the official evaluator does not have.

    The `reverse` of row i is the query retrieved for document i; it is correct if the gold of that query is i.
    Documents that are not the gold of a query are skipped. Returns no value if no row has `reverse`; raises StageError
    if only some rows have it.
    """
    same_length(predictions, gold, "predictions")
    queries = [row.get("reverse") for row in predictions]
    if all(query is None for query in queries):
        return Measured(values={}, n=0)
    if None in queries:
        raise StageError(f"row {queries.index(None) + 1:,} has no reverse prediction, but other rows have one")
    pairs = {(document, query) for query, document in enumerate(gold)}
    documents = sorted({document for document in gold if document < len(queries)})
    return shared("accuracy_xx_en", [(document, queries[document]) in pairs for document in documents])
