"""Predictions that are all right, all wrong, empty, missing or surplus, and what the metrics of a task say of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness.errors import XHarnessError, reason_of
from xharness.specs.kinds import Kind, prediction_column
from xharness.specs.metrics import Metric
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, failed
from xharness.testing.examples import Sample, samples

BEST = 100.0
CLOSE = 1e-6
_FEW = 12
"""Examples that are scored in two orders."""
Rows = Sequence[dict[str, Any]]


def trial(task: Task, examples: Sequence[Mapping[str, Any]], right: bool) -> list[dict[str, Any]]:
    """Return the rows of predictions that are all right or all wrong; `Skip` if the kind does not declare them."""
    kind = task.kind
    if kind.trial:
        return kind.trial(task, examples, right)
    gold = kind.gold(examples)
    if kind.predictions is not prediction_column or not isinstance(gold, list) or len(gold) != len(examples):
        raise Skip(f"kind '{kind.name}' does not say which predictions are right; give it a function `trial`")
    if right:
        return [{"prediction": each} for each in gold]
    return [{"prediction": _other(each, gold)} for each in gold]


def _other(value: Any, gold: Sequence[Any]) -> Any:
    """Return another gold value than `value`, of the same length if it is a list."""
    if isinstance(value, list):
        pool = {each for values in gold for each in values}
        return [next((each for each in sorted(pool, key=str) if each != own), own) for own in value]
    found = next((each for each in gold if each != value), None)
    if found is None:
        raise Skip("all examples have the same gold, so that no prediction is wrong; add examples")
    return found


def empty(rows: Rows) -> list[dict[str, Any]]:
    """Return predictions of nothing: empty texts, empty lists, and -1 for an index; `Skip` if they are numbers."""
    nothing = {str: "", int: -1, list: [], tuple: []}
    if any(isinstance(row.get("prediction"), float) for row in rows):
        raise Skip("predictions of this task are numbers")
    return [
        {name: value if name == "id" else nothing.get(type(value)) for name, value in row.items()}
        for row in rows
        if "prediction" in row
    ]


def sample_of(task: Task, bench: Bench) -> Sample:
    """Return the first sample of a task; `Skip` if its examples are not scored, or have no gold."""
    if not task.metric_names:
        raise Skip("tasks of this kind are for training only")
    sample = samples(task, bench)[0]
    if not task.kind.has_gold(task.kind.gold(sample.rows), task):
        raise Skip(f"the examples of {sample.where} have no gold")
    return sample


def scores(
    metric: Metric, kind: Kind, rows: Rows, examples: Sequence[Mapping[str, Any]], language: str
) -> dict[str, float]:
    """Return the values of a metric on rows of predictions; raises what the metric raises."""
    return dict(metric.compute(kind.predictions(rows), kind.gold(examples), language).values)


def outcome(
    metric: Metric, kind: Kind, rows: Rows, examples: Sequence[Mapping[str, Any]], language: str
) -> tuple[dict[str, float] | None, str]:
    """Return the values of a metric, None if it refuses with a clear error; and what is wrong with its answer."""
    try:
        values = scores(metric, kind, rows, examples, language)
    except XHarnessError:
        return None, ""
    except Exception as error:  # noqa: BLE001 - a metric may raise anything
        return None, f"raises {type(error).__name__}: {reason_of(error)}"
    odd = [name for name, value in values.items() if not math.isfinite(value)]
    return values, f"returns {odd[0]} {values[odd[0]]}" if odd else ""


def order_problem(metric: Metric, task: Task, sample: Sample) -> str | None:
    """Return what is wrong if values differ for examples in reverse order, with right and wrong predictions mixed."""
    examples = sample.rows[:_FEW]
    right, wrong = (trial(task, examples, each) for each in (True, False))
    rows = [(right if number % 3 else wrong)[number] for number in range(min(len(right), len(wrong)))]
    if len(rows) != len(examples) or (task.kind.search and "id" not in rows[0]):
        raise Skip("predictions of this kind refer to other examples by their number")
    one = scores(metric, task.kind, rows, examples, sample.language)
    other = scores(metric, task.kind, rows[::-1], examples[::-1], sample.language)
    odd = [name for name in one if abs(one[name] - other.get(name, -1.0)) > CLOSE]
    if not odd:
        return None
    return (
        f"{odd[0]} is {one[odd[0]]:.2f}, and {other.get(odd[0], -1.0):.2f} with the examples in reverse order; metric "
        f"'{metric.name}' must not depend on the order"
    )


def handled(task: Task, bench: Bench, what: str, right: Rows, rows: Rows) -> Iterator[Problem]:
    """Yield a problem for each metric that does not score rows of predictions below the best, or refuse them.

    `right` are the rows whose predictions are right, `what` describes `rows`.
    """
    sample = sample_of(task, bench)
    examples = sample.rows
    for name in task.metric_names:
        metric = bench.registry.get("metrics", name)
        values, problem = outcome(metric, task.kind, rows, examples, sample.language)
        if problem:
            yield failed(
                f"metric '{name}' {problem} for {what}; score them as wrong, or raise StageError with what is wrong"
            )
        best = scores(metric, task.kind, right, examples, sample.language)
        shared = [key for key in task.headline_names if key in best and key in (values or {})]
        same = [key for key in shared if values and abs(values[key] - best[key]) <= CLOSE]
        if same and len(same) == len(shared):
            yield failed(
                f"{same[0]} is {best[same[0]]:.1f} for {what}, as for right predictions; metric '{name}' must count "
                "every example of the gold"
            )
