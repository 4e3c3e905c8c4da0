"""Checks of a metric: its range, its order, its intervals, and inputs at the edge."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

from xharness.errors import XHarnessError, few, reason_of
from xharness.specs.metrics import Metric, Scored
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed, warned
from xharness.testing.examples import Sample
from xharness.testing.trials import BEST, CLOSE, Rows, order_problem, sample_of, scores, trial


def kinds_are_known(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """The metric scores kinds that exist."""
    unknown = [name for name in metric.kinds if name not in bench.registry.names("kinds")]
    if unknown or not metric.kinds:
        yield failed(f"kind {few(map(repr, unknown)) or 'none'} does not exist; correct `kinds`")


def signature_is_its_own(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """The signature names the way of computing and its version, and no other metric has it."""
    if not metric.signature:
        yield failed("no `signature`; state how the number is computed, for example 'accuracy|v:1'")
    elif "v:" not in metric.signature and "version:" not in metric.signature:
        yield warned(f"signature '{metric.signature}' has no version; add '|v:1', and raise it when numbers change")
    for other in bench.registry.all("metrics"):
        if other is not metric and other.signature == metric.signature and set(other.kinds) & set(metric.kinds):
            yield failed(f"metric '{other.name}' has the same signature '{metric.signature}'; state the difference")


def values_are_in_range(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """The values for right and for wrong predictions are finite, from 0 to 100 if higher is better."""
    task, sample = _sample(metric, bench)
    for what in (True, False):
        for name, value in _values(metric, task, sample, trial(task, sample.rows, what)).items():
            high = BEST if metric.higher_is_better else math.inf
            if not -CLOSE <= value <= high + CLOSE:
                yield failed(f"{name} is {value:.4g}; values are percentages from 0 to 100, unrounded")


def right_is_better_than_wrong(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """The main value is better for right predictions than for wrong ones, as `higher_is_better` declares."""
    task, sample = _sample(metric, bench)
    right, wrong = (_values(metric, task, sample, trial(task, sample.rows, each)) for each in (True, False))
    name = next(iter(right), None)
    if name is None or name not in wrong:
        raise Skip("the metric returns no value for these predictions")
    if right[name] == wrong[name] or (right[name] > wrong[name]) != metric.higher_is_better:
        yield failed(
            f"{name} is {right[name]:.2f} for right and {wrong[name]:.2f} for wrong predictions; correct `compute`, or "
            "`higher_is_better`"
        )


def order_does_not_matter(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """The values are the same for examples in another order."""
    task, sample = _sample(metric, bench)
    problem = order_problem(metric, task, sample)
    if problem:
        yield failed(problem)


def no_examples_are_handled(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """No examples at all are refused with a clear error, or have finite values."""
    task, sample = _sample(metric, bench)
    try:
        values = scores(metric, task.kind, [], [], sample.language)
    except XHarnessError:
        return
    except Exception as error:  # noqa: BLE001 - it is the finding
        yield failed(
            f"without examples it raises {type(error).__name__} ({reason_of(error)}); raise StageError instead"
        )
        return
    odd = [name for name, value in values.items() if not math.isfinite(value)]
    if odd:
        yield failed(f"without examples {odd[0]} is {values[odd[0]]}; raise StageError with what is wrong")


def arguments_are_not_changed(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """Computing changes neither the predictions nor the gold, which other metrics use."""
    task, sample = _sample(metric, bench)
    predictions = task.kind.predictions(trial(task, sample.rows, True))
    gold = task.kind.gold(sample.rows)
    before = copy.deepcopy((predictions, gold))
    metric.compute(predictions, gold, sample.language)
    if (predictions, gold) != before:
        yield failed("it changes the lists of predictions or gold that it is given; copy them first")


def intervals_fit_values(metric: Metric, bench: Bench) -> Iterator[Problem]:
    """The statistics of all units, combined, give the values; `correct` names one of them."""
    task, sample = _sample(metric, bench)
    rows = trial(task, sample.rows, True)
    scored: Any = metric.compute(task.kind.predictions(rows), task.kind.gold(sample.rows), sample.language)
    if not isinstance(scored, Scored):
        yield failed(f"it returns a {type(scored).__name__}; return a Scored")
        return
    if metric.correct and scored.values and metric.correct not in scored.values:
        yield failed(f"`correct` names '{metric.correct}', which is not among the values {few(scored.values)}")
    if scored.stats is None or not scored.combine:
        if scored.values:
            yield warned("it returns no `stats` and `combine`, so that scores have no confidence interval")
        return
    sums = scored.stats.sum(axis=0, keepdims=True)
    for name, combine in scored.combine.items():
        value, again = scored.values.get(name), float(combine(sums)[0])
        if value is None or abs(value - again) > max(CLOSE, abs(again) * CLOSE):
            yield failed(f"`combine` of all units gives {name} {again:.4f}, the value is {value}; correct one of them")


def _values(metric: Metric, task: Task, sample: Sample, rows: Rows) -> dict[str, float]:
    return scores(metric, task.kind, rows, sample.rows, sample.language)


def _sample(metric: Metric, bench: Bench) -> tuple[Task, Sample]:
    """Return examples of a task that the metric scores: one that names it, or any of its kinds."""
    found: tuple[Task, Sample] = bench.once(("metric", metric.name), lambda: _find(metric, bench))
    return found


def _find(metric: Metric, bench: Bench) -> tuple[Task, Sample]:
    tasks = [task for task in bench.registry.all("tasks") if task.kind.name in metric.kinds]
    for task in sorted(tasks, key=lambda task: metric.name not in task.metric_names):
        try:
            sample = sample_of(task, bench)
            trial(task, sample.rows, False)
        except Skip:
            continue
        return task, sample
    raise Skip(f"no task of kind {few(metric.kinds)} has examples on this machine; declare one with mini(...)")


CHECKS = checks(
    "metrics",
    kinds_are_known,
    signature_is_its_own,
    values_are_in_range,
    right_is_better_than_wrong,
    order_does_not_matter,
    no_examples_are_handled,
    arguments_are_not_changed,
    intervals_fit_values,
)
