"""F1 of one label, as in GLUE for paraphrases."""

from __future__ import annotations

from collections.abc import Sequence

from xharness.metrics.accuracy import same_length
from xharness.metrics.base import OVERLAP, Measured


def label_f1(predictions: Sequence[str], gold: Sequence[str], label: str) -> Measured:
    """Return `<label>_f1`: the F1 of the examples predicted as `label` against those with gold `label`.

    0 if no example has the label in predictions or gold. Raises StageError if the lists are empty or differ in length.
    Source: sklearn.metrics.f1_score, which GLUE uses for QQP and MRPC.
    """
    import numpy as np

    same_length(predictions, gold, "predictions")
    predicted, true = (np.array([given == label for given in labels]) for labels in (predictions, gold))
    stats = np.array([predicted & true, predicted, true]).T.astype(float)
    key = f"{label}_f1"
    combine = {key: OVERLAP["f1"]}
    return Measured(
        values={key: float(combine[key](stats.sum(axis=0)[None])[0])}, n=len(gold), stats=stats, combine=combine
    )
