"""Exact nearest neighbours by inner product; faiss holds one block of the score matrix at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


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
