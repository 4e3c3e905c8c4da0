"""How likely a model finds reference code: its negative log-likelihood by character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.metrics.accuracy import same_length
from xharness.metrics.base import Measured, ratio
from xharness.metrics.snippets import notes

Rows = Sequence[Mapping[str, Any]]


def canonical_nll(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `canonical_nll`: the negative log-likelihood of all references, in nats per 100 characters.

    It is the sum over the problems divided by the sum of the characters, so that it does not depend on the tokenizer:
    models with different vocabularies compare. Lower is better. `n` counts problems. The notes are those of
    `syntax_rate`. StageError if lengths differ.
    """
    import numpy as np

    same_length(predictions, gold, "predictions")
    stats = np.array([[row["prediction"], row["characters"]] for row in predictions], dtype=float)
    total, characters = stats.sum(axis=0)
    return Measured(
        values={"canonical_nll": float(100.0 * total / characters) if characters else 0.0},
        n=len(gold),
        stats=stats,
        combine={"canonical_nll": lambda sums: ratio(sums[:, 0], sums[:, 1])},
        notes=notes(gold),
    )
