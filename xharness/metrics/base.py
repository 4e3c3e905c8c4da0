"""What the metrics share: the form of a result, and the arithmetic of percentages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Combine = Mapping[str, "Callable[[np.ndarray], np.ndarray]"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found on one split in one language; `xharness.Scored` says what each field holds."""

    values: Mapping[str, float]
    n: int
    stats: np.ndarray | None = None
    combine: Combine | None = None
    notes: Mapping[str, Any] | None = None


def total(numbers: Iterable[float]) -> float:
    """Return the sum of numbers, added one after the other.

    From Python 3.12 on `sum` compensates rounding errors, so its last bit is not the official evaluator's.
    """
    result: float = 0
    for number in numbers:
        result += number
    return result


def id_notes(predicted: Mapping[str, Any], gold: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of gold without prediction, the predicted ones that gold lacks, and those that it repeats.

    The keys are `unanswered`, `unknown` and `repeated_questions`, each only where there are some.
    """
    ids = Counter(gold)
    found = {
        "unanswered": [name for name in ids if name not in predicted],
        "unknown": [name for name in predicted if name not in ids],
        "repeated_questions": [name for name, count in ids.items() if count > 1] if len(ids) < len(gold) else [],
    }
    return {name: value for name, value in found.items() if value}


def mean(numbers: Iterable[float]) -> float:
    """Return the mean of numbers, added one after the other."""
    found = list(numbers)
    return total(found) / len(found)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return 100 * part / whole by element, 0 where whole is 0."""
    import numpy as np

    shares: np.ndarray = 100.0 * np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
    return shares


def share(key: str) -> Combine:
    """Return how to combine rows of (hits, units) into a percentage called `key`."""
    return {key: lambda sums: ratio(sums[:, 0], sums[:, 1])}


OVERLAP: Combine = {
    "f1": lambda sums: ratio(2.0 * sums[:, 0], sums[:, 1] + sums[:, 2]),
    "precision": lambda sums: ratio(sums[:, 0], sums[:, 1]),
    "recall": lambda sums: ratio(sums[:, 0], sums[:, 2]),
}
"""How to combine rows of (correct, predicted, gold) counts into F1, precision and recall."""
