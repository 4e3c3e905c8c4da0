"""Batches under a token budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def token_budget_batches(lengths: np.ndarray, budget: int) -> list[np.ndarray]:
    """Return the indexes of sequences in batches of like length, the longest first.

    A batch times its longest sequence is at most `budget` tokens; a sequence over the budget stands alone. The longest
    come first, so that what does not fit the memory shows at once.
    """
    import numpy as np

    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        size = max(1, budget // max(1, int(lengths[order[start]])))
        batches.append(order[start : start + size])
        start += size
    return batches
