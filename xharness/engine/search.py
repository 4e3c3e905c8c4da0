"""Exact nearest-neighbour search by inner product; faiss keeps one block of the score matrix in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_SCORES = 2**25  # scores in memory at a time: a block of queries times the whole database


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Return a float32 copy of the vectors with unit length; a zero vector stays zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(vectors, np.where(lengths == 0, 1, lengths), dtype=np.float32)
    return unit


def nearest(queries: np.ndarray, database: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` highest inner products of each query, in descending order, and their rows in the database.

    Both have shape (queries, k), with k at most the size of the database. `benchmarks/search.py` compares it with a
    plain matrix product, which is not faster at any size.
    """
    import faiss
    import numpy as np

    left, right = (np.ascontiguousarray(each, dtype=np.float32) for each in (queries, database))
    scores, rows = faiss.knn(left, right, min(k, len(right)), metric=faiss.METRIC_INNER_PRODUCT)
    return scores, rows


def rank(
    queries: np.ndarray, database: np.ndarray, k: int, relevant: Sequence[Sequence[int]]
) -> tuple[np.ndarray, list[list[int]]]:
    """Return the `k` best rows of the database for each query, and the ranks of its relevant rows.

    Rows are ranked by inner product; ties are broken by row index. The best rows have shape (queries, k), with k at
    most the size of the database. Ranks start at 1 and are in ascending order.
    """
    import numpy as np

    k = min(k, len(database))
    best = np.empty((len(queries), k), dtype=np.int64)
    ranks: list[list[int]] = []
    block = max(1, _SCORES // len(database))
    for start in range(0, len(queries), block):
        for number, scores in enumerate(queries[start : start + block] @ database.T, start):
            best[number] = _best(scores, k)
            ranks.append(sorted(_rank(scores, row) for row in relevant[number]))
    return best, ranks


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    import numpy as np

    threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
    rows = np.flatnonzero(scores >= threshold)
    ordered: np.ndarray = rows[np.argsort(-scores[rows], kind="stable")][:k]
    return ordered


def _rank(scores: np.ndarray, row: int) -> int:
    return 1 + int((scores > scores[row]).sum()) + int((scores[:row] == scores[row]).sum())
