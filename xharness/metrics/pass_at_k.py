"""pass@k: the probability that one of k programs that a model writes passes all tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import StageError
from xharness.metrics.accuracy import same_length
from xharness.metrics.base import Measured, ratio, total

Rows = Sequence[Mapping[str, Any]]
OUTCOMES = "outcomes"
"""The key of a prediction under which the outcomes of its programs are, one word for each."""
SANDBOX = "sandbox"
"""The key of a prediction under which the name of the sandbox is that ran its programs."""
PASSED = "passed"
SIZES = (1, 10, 100)


def estimate(samples: int, passed: int, k: int) -> float:
    """Return the unbiased estimate of pass@k, from 0 to 1, of `passed` among `samples` programs of a problem.

    ValueError if there are fewer samples than `k`, or more passed than samples. Source: Chen et al. 2021, Evaluating
    Large Language Models Trained on Code, https://arxiv.org/abs/2107.03374.
    """
    if not 1 <= k <= samples or not 0 <= passed <= samples:
        raise ValueError(f"pass@{k} of {passed} passed among {samples} samples is not defined; k is 1 to {samples}")
    failed = 1.0
    for number in range(samples - passed + 1, samples + 1):
        failed *= max(0.0, 1.0 - k / number)
    return 1.0 - failed


def pass_at_k(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `pass@1`, and `pass@10` and `pass@100` if every problem has so many programs; the mean over problems.

    Problems whose `tests` are null are left out; the note `without_tests` counts them. The note `outcomes` counts the
    outcomes of the programs, the note `sandbox` names where they ran. Returns no value if no program was run;
    StageError if the programs of some problems were not run.
    """
    import numpy as np

    same_length(predictions, gold, "predictions")
    tested = [number for number, problem in enumerate(gold) if problem.get("tests", "") is not None]
    left_out = len(gold) - len(tested)
    predictions, gold = [predictions[number] for number in tested], [gold[number] for number in tested]
    ran = [row.get(OUTCOMES) for row in predictions]
    if not any(ran):
        return Measured(values={}, n=0)
    if not all(ran):
        raise StageError(f"the program for problem {gold[ran.index(None)]['id']!r} was not run, but others were")
    counts = [(len(outcomes), outcomes.count(PASSED)) for outcomes in map(list, filter(None, ran))]
    sizes = [k for k in SIZES if k <= min(samples for samples, _ in counts)]
    stats = np.array([[*(estimate(*each, k) for k in sizes), 1.0] for each in counts])
    return Measured(
        values={f"pass@{k}": 100.0 * total(stats[:, place].tolist()) / len(counts) for place, k in enumerate(sizes)},
        n=len(counts),
        stats=stats,
        combine={f"pass@{k}": _share(place) for place, k in enumerate(sizes)},
        notes={
            OUTCOMES: dict(Counter(word for outcomes in filter(None, ran) for word in outcomes)),
            **_where(predictions),
            **({"without_tests": left_out} if left_out else {}),
        },
    )


def _where(predictions: Rows) -> dict[str, str]:
    names = sorted({row[SANDBOX] for row in predictions if SANDBOX in row})
    return {SANDBOX: ", ".join(names)} if names else {}


def _share(place: int) -> Any:
    return lambda sums: ratio(sums[:, place], sums[:, -1])
