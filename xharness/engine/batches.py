"""Batches under a token budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


# The activations of a batch are to stay in a processor's caches: 512 tokens of a base-size encoder, measured.
_CACHED = 512 * 768
_MOST = {"cpu": 2**12, "cuda": 2**16, "mps": 2**14}


def usual_budget(device_type: str, hidden_size: int) -> int:
    """Return how many tokens a batch should hold on a type of device, padding included; a size of 0 is not known."""
    most = _MOST.get(device_type, _MOST["cpu"])
    return min(most, _CACHED // (hidden_size or 768)) if device_type == "cpu" else most


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
