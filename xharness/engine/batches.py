"""Batches under a token budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


# On a CPU the activations of a batch should fit in the caches: 512 tokens of a base-size encoder, measured.
_CACHED = 512 * 768
_MOST = {"cpu": 2**12, "cuda": 2**16, "mps": 2**14}


def usual_budget(device_type: str, hidden_size: int) -> int:
    """Return the default token budget of a batch, padding included, for a device type and hidden size (0: unknown)."""
    most = _MOST.get(device_type, _MOST["cpu"])
    return min(most, _CACHED // (hidden_size or 768)) if device_type == "cpu" else most


def token_budget_batches(lengths: np.ndarray, budget: int) -> list[np.ndarray]:
    """Return batches of sequence indices, grouped by similar length, longest first.

    The number of sequences times the longest length is at most `budget`; a sequence longer than the budget is a batch
    of its own. The longest batch comes first, so that running out of memory shows at once.
    """
    import numpy as np

    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        size = max(1, budget // max(1, int(lengths[order[start]])))
        batches.append(order[start : start + size])
        start += size
    return batches
