"""Metrics with one fault each."""

from __future__ import annotations

import math

from tests.testing.faults import Fault, plugin
from tests.testing.faults.tasks import metric, task
from xharness import Metric, Scored, StageError


def share(predictions, gold):
    if not gold or len(predictions) != len(gold):
        raise StageError("numbers differ")
    return sum(ours == theirs for ours, theirs in zip(predictions, gold, strict=True)) / len(gold)


def of_one(predictions, gold, language):
    return Scored(values={"share": 250 * share(predictions, gold)}, n=len(gold))


def errors(predictions, gold, language):
    return Scored(values={"error": 100 - 100 * share(predictions, gold)}, n=len(gold))


def first(predictions, gold, language):
    share(predictions, gold)
    return Scored(values={"first": 100.0 * (predictions[0] == gold[0])}, n=len(gold))


def divides(predictions, gold, language):
    return Scored(values={"share": 100 * math.fsum(map(float, predictions == gold and [1])) / len(gold)}, n=len(gold))


def empties(predictions, gold, language):
    value = 100 * share(predictions, gold)
    gold.clear()
    return Scored(values={"share": value}, n=1)


def unlike(predictions, gold, language):
    import numpy as np

    hits = np.array([[ours == theirs] for ours, theirs in zip(predictions, gold, strict=True)], dtype=float)
    combine = {"share": lambda sums: sums[:, 0]}
    return Scored(values={"share": 100 * share(predictions, gold)}, n=len(gold), stats=hits, combine=combine)


METRICS = [
    metric("odd_kind", errors, "clasification"),
    Metric(name="unsigned", kinds=("classification",), compute=first, signature=""),
    Metric(name="no_version", kinds=("classification",), compute=first, signature="first"),
    metric("of_one", of_one), metric("errors", errors), metric("first", first), metric("divides", divides),
    metric("empties", empties), metric("unlike", unlike),
]  # fmt: skip
MANY = plugin("metrics", metrics=METRICS, tasks=[task("weather-of-metrics")])


def fault(check, subject, message, state="failed"):
    return Fault(check=f"metrics:{check}", plugin=MANY, subject=subject, message=message, state=state)


FAULTS = [
    fault("kinds_are_known", "odd_kind", "kind 'clasification' does not exist; correct `kinds`"),
    fault("signature_is_its_own", "unsigned", "no `signature`; state how the number is computed"),
    fault("signature_is_its_own", "no_version", "has no version; add", "warned"),
    fault("values_are_in_range", "of_one", "share is 250; values are percentages from 0 to 100"),
    fault("right_is_better_than_wrong", "errors", "error is 0.00 for right and 100.00 for wrong .*`higher_is_better`"),
    fault("order_does_not_matter", "first", "'first' must not depend on the order"),
    fault("no_examples_are_handled", "divides", "without examples it raises .*Error.*; raise StageError"),
    fault("arguments_are_not_changed", "empties", "it changes the lists of predictions or gold"),
    fault("intervals_fit_values", "unlike", r"`combine` of all units gives share 40.0000, the value is 100.0; correct"),
]
