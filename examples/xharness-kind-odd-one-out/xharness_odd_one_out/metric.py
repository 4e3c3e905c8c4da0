"""The metric of the kind odd-one-out."""

from xharness import Metric, Scored
from xharness.metrics.accuracy import same_length

NAME = "odd_one_out_right"


def right(predictions, gold, language):
    """Return the percentage of examples whose odd text is found."""
    import numpy as np

    same_length(predictions, gold, "predictions")  # raises StageError
    hits = [ours == theirs for ours, theirs in zip(predictions, gold, strict=True)]
    stats = np.array([[hit, 1] for hit in hits], float)  # one row an example; resamples of rows give the interval
    share = {NAME: lambda sums: 100 * sums[:, 0] / sums[:, 1]}
    return Scored(values={NAME: 100 * sum(hits) / len(hits)}, n=len(hits), stats=stats, combine=share)


METRIC = Metric(name=NAME, kinds=("odd-one-out",), compute=right, signature=f"{NAME}|v:1")
