"""Robust accuracy: the share of examples that are right without noise and under every noise of a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from xharness.metrics.base import mean, share
from xharness.metrics.bootstrap import interval, over_seeds, replicates
from xharness.metrics.noisy import but_english
from xharness.run.records.noisy_pairs import Cells
from xharness.run.records.noisy_rows import NoiseRow

if TYPE_CHECKING:
    import numpy as np


def robust_accuracy(rows: Sequence[NoiseRow], cells: Cells) -> dict[str, Any] | None:
    """Return the robust accuracy of a task at the severity of `rows`, averaged over languages other than English.

    `clean` is the share that is right without noise, `noises` how many noises each language was tried with, at least.
    None if the metrics of the task do not say which examples are right.
    """
    import numpy as np

    codes = but_english({code: None for row in rows for code in row.pairs})
    found = [_of_language([row for row in rows if code in row.pairs], code, cells) for code in codes]
    known = [each for each in found if each is not None]
    if not known or len(known) < len(found):
        return None
    drawn = [each for _, _, each in known if each is not None]
    return {
        "value": mean([value for _, value, _ in known]),
        "clean": mean([value for value, _, _ in known]),
        "ci95": list(interval(np.mean(drawn, axis=0))) if len(drawn) == len(known) else None,
        "noises": min(sum(code in row.pairs for row in rows) for code in codes),
        "languages": codes,
    }


def _of_language(rows: Sequence[NoiseRow], code: str, cells: Cells) -> tuple[float, float, np.ndarray | None] | None:
    """Return the shares that are right without noise and under every noise, and replicates of the second."""
    import numpy as np

    clean, robust = [], []
    drawn: list[np.ndarray] = []
    for seed in sorted({seed for row in rows for seed in row.compared[code]}):
        own = rows[0].task.clean[code][seed]
        every = [own, *(record for row in rows for record in row.compared[code].get(seed, ()))]
        hits = [found for record in every if (found := cells.correct(record)) is not None]
        if len(hits) < len(every):
            return None
        right = reduce(np.logical_and, hits)
        clean.append(100.0 * float(hits[0].mean()))
        robust.append(100.0 * float(right.mean()))
        stats = np.stack([right, np.ones(len(right))], axis=1)
        drawn += replicates(stats, share("robust")).values()
    return mean(clean), mean(robust), over_seeds(np.stack(drawn)) if len(drawn) == len(clean) else None
