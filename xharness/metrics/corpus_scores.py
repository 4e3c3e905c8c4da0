"""BLEU and chrF of summed counts, for many resamples of a corpus at once; the definitions are those of sacrebleu."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_BETA_SQUARED = 4.0


def bleu_of_sums(sums: np.ndarray) -> np.ndarray:
    """Return BLEU-4 with exponential smoothing of rows of counts.

    A row is (length of the code, length of the reference, matches of 1 to 4 tokens, n-grams of 1 to 4 tokens).
    """
    import numpy as np

    written, true, counts, totals = sums[:, 0], sums[:, 1], sums[:, 2:6], sums[:, 6:10]
    smooth = np.cumprod(np.where((counts == 0) & (totals > 0), 2.0, 1.0), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.where(counts > 0, counts / totals, 1.0 / (smooth * totals))
        logs = np.log(np.where(totals > 0, precisions, 0.0)).mean(axis=1)
        penalty = np.where(written < true, np.exp(1.0 - true / written), 1.0)
    scores: np.ndarray = 100.0 * np.where(written > 0, penalty * np.exp(logs), 0.0)
    return np.where((counts > 0).any(axis=1), scores, 0.0)


def chrf_of_sums(sums: np.ndarray) -> np.ndarray:
    """Return chrF2 of rows of counts: for each order (n-grams of the code, of the reference, shared)."""
    import numpy as np

    written, true, same = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
    known = (written > 0) & (true > 0)
    orders = np.maximum(known.sum(axis=1), 1)
    precision = np.divide(same, written, out=np.zeros_like(same), where=known).sum(axis=1) / orders
    recall = np.divide(same, true, out=np.zeros_like(same), where=known).sum(axis=1) / orders
    whole = _BETA_SQUARED * precision + recall
    product = (1 + _BETA_SQUARED) * precision * recall
    scores: np.ndarray = 100.0 * np.divide(product, whole, out=np.zeros_like(whole), where=whole > 0)
    return scores
