"""Exact nearest neighbours by inner product; faiss holds one block of the score matrix at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_SCORES = 2**25  # of a block of queries with all of the database, held at a time


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Return vectors of length 1, float32, as a copy; a zero vector stays."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(vectors, np.where(lengths == 0, 1, lengths), dtype=np.float32)
    return unit


def nearest(queries: np.ndarray, database: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` highest inner products of each query, falling, and the rows of the database that give them.

    Both have the shape (queries, k), where k is cut to the size of the database. `benchmarks/search.py` holds it
    against a plain matrix product, which is no faster at any size.
    """
    import faiss
    import numpy as np

    left, right = (np.ascontiguousarray(each, dtype=np.float32) for each in (queries, database))
    scores, rows = faiss.knn(left, right, min(k, len(right)), metric=faiss.METRIC_INNER_PRODUCT)
    return scores, rows


def rank(
    queries: np.ndarray, database: np.ndarray, k: int, relevant: Sequence[Sequence[int]]
) -> tuple[np.ndarray, list[list[int]]]:
    """Return the `k` best rows of the database for each query, and the places of its relevant rows among all.

    By inner product, of equal ones the earlier row first. The first is of shape (queries, k), k cut to the size of
    the database; places count from 1 and rise.
    """
    import numpy as np

    k = min(k, len(database))
    best = np.empty((len(queries), k), dtype=np.int64)
    places: list[list[int]] = []
    block = max(1, _SCORES // len(database))
    for start in range(0, len(queries), block):
        for number, scores in enumerate(queries[start : start + block] @ database.T, start):
            best[number] = _best(scores, k)
            places.append(sorted(_place(scores, row) for row in relevant[number]))
    return best, places


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    import numpy as np

    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    rows = np.flatnonzero(scores >= least)
    ordered: np.ndarray = rows[np.argsort(-scores[rows], kind="stable")][:k]
    return ordered


def _place(scores: np.ndarray, row: int) -> int:
    return 1 + int((scores > scores[row]).sum()) + int((scores[:row] == scores[row]).sum())
