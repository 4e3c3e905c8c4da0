"""Tasks with one fault each."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

from tests import toy
from tests.testing.faults import Fault, plugin
from xharness import (
    Classification,
    Metric,
    Scored,
    SpanQA,
    StageError,
    Tuning,
    hub,
    mini,
)

WORDS = {"en": ("ab1", "ac2"), "sw": ("sb1", "sc2"), "xx": ("x", "y")}
LABELS = ("warm", "cold")


def rows(language, split, size):
    """Yield examples of toy words, each with its number, so that none occurs twice."""
    for number in range(size):
        word = WORDS[language][number % 2]
        yield {"text": f"{word} {split[0]}{split[-1]}{number}", "label": LABELS[number % 2]}


def task(name, **fields):
    usual = {"languages": ("en", "sw"), "labels": LABELS, "train": "en", "data": mini(rows), "summary": "weather"}
    return Classification(name=name, **usual | {"tuning": Tuning(selection="last", epochs=1)} | fields)


def metric(name, compute, *kinds):
    return Metric(name=name, kinds=kinds or ("classification",), compute=compute, signature=f"{name}|v:1")


def scored(value, n=1, **more):
    return Scored(values={"accuracy": value}, n=n, **more)


def hits(predictions, gold):
    return [ours == theirs for ours, theirs in zip(predictions, gold)]


def of_those_given(predictions, gold, language):
    """Divide by the number of predictions, so that missing ones cost nothing."""
    found = hits(predictions, gold)
    return scored(100 * sum(found) / max(1, len(found)))


def first_only(predictions, gold, language):
    if len(predictions) != len(gold):
        raise StageError("numbers differ")
    return scored(100.0 * (predictions[0] == gold[0]))


def always_best(predictions, gold, language):
    return scored(100.0)


def not_for_empty(predictions, gold, language):
    """Raise for an empty label."""
    return scored(100 * sum(ours[0] == theirs[0] for ours, theirs in zip(predictions, gold, strict=True)) / len(gold))


def nan_for_more(predictions, gold, language):
    found = hits(predictions, gold)
    return scored(math.nan if len(predictions) > len(gold) else 100 * sum(found) / len(gold))


def eighty(predictions, gold, language):
    return scored(0.8 * 100 * sum(hits(predictions, gold)) / len(gold))


def boom(predictions, gold, language):
    raise StageError("the scorer has no dictionary of Swahili")


def words(predictions, gold, language):
    found = hits(predictions, gold)
    return scored(100 * sum(found) / len(gold), notes={"comment": {1, 2}})


METRICS = [
    metric("of_those_given", of_those_given), metric("first_only", first_only), metric("always_best", always_best),
    metric("not_for_empty", not_for_empty), metric("nan_for_more", nan_for_more), metric("eighty", eighty),
]  # fmt: skip

drawn = itertools.count()


def differing(language, split, size):
    return [{"text": f"{next(drawn)}", "label": LABELS[number % 2]} for number in range(size)]


def mislabelled(language, split, size):
    return [{"text": f"{split}{number}", "label": ("warm", "hot")[number % 2]} for number in range(size)]


def overlapping(language, split, size):
    return [{"text": f"{number}", "label": LABELS[number % 2]} for number in range(size)]


def one_label(language, split, size):
    return [{"text": f"{split}{number}", "label": LABELS[number > 9 and split == "train"]} for number in range(size)]


def repeated_ids(language, split, size):
    answers = [{"text": "b", "start": 2}]
    return [{"id": f"q{number // 2}", "question": "?", "context": "a b", "answers": answers} for number in range(size)]


QA = SpanQA(name="repeated_ids", languages=("en",), data=mini(repeated_ids), summary="questions")
TASKS = [
    task("no_metric", metrics=("acuracy",)),
    task("no_summary", summary=""),
    task("unknown_language", languages=("en", "swa")),
    task("branch", data=(hub("owner/name", revision="main"), mini(rows))),
    task("unpinned", data=(hub("owner/name"), mini(rows))),
    task("mislabelled", data=mini(mislabelled)),
    task("differing", data=mini(differing)),
    task("overlapping", data=mini(overlapping)),
    task("one_label", data=mini(one_label)),
    task("of_those_given", metrics=("of_those_given",)),
    task("first_only", metrics=("first_only",)),
    task("always_best", metrics=("always_best",)),
    task("not_for_empty", metrics=("not_for_empty",)),
    task("nan_for_more", metrics=("nan_for_more",)),
    task("eighty", metrics=("eighty",)),
    QA,
]
MANY = plugin("tasks", tasks=TASKS, metrics=METRICS)


def fault(check, subject, message, state="failed"):
    return Fault(check=check, plugin=MANY, subject=subject, message=message, state=state)


# What a run shows: the same task on a model with a fault, or with a metric that fails in runs alone.
[TOY] = toy.xharness_models()


class Batchy(toy.Loaded):
    """Its predictions depend on how many examples it has seen in one call."""

    def classify(self, examples):
        for number, _ in enumerate(examples):
            yield {"prediction": LABELS[number % 2], "scores": [0.5, 0.5]}


loads = itertools.count()


class Remembering(toy.Loaded):
    """Its predictions depend on how many models the process has loaded."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self.label = LABELS[next(loads) % 2]

    def classify(self, examples):
        for _ in examples:
            yield {"prediction": self.label, "scores": [0.5, 0.5]}


def adapter(name, loaded):
    def load(path, capability, task, params, options):
        return loaded(path, params, options.on_tokens, LABELS)

    return replace(TOY, name=name, claims=lambda path: None, load=load)


def run_fault(check, message, loaded, compute):
    name = check.replace("_", "-")
    made = plugin(
        check,
        tasks=[task(name, metrics=(f"metric-{name}",))],
        metrics=[metric(f"metric-{name}", compute)],
        models=[adapter(f"toy-{name}", loaded)],
    )

    def models(folder):
        return [f"toy-{name}:{toy.checkpoint(folder / name)}"]

    return Fault(check=f"tasks:{check}", plugin=made, subject=name, message=message, models=models)


FAULTS = [
    fault("tasks:fields_are_valid", "no_metric", "metric 'acuracy' does not exist; declare it in the hook"),
    fault("tasks:fields_are_valid", "no_summary", "no `summary`; describe the task", "warned"),
    fault("tasks:languages_are_known", "unknown_language", "language 'swa' is not a known code; write 'sw'"),
    fault("tasks:revision_is_pinned", "branch", "revision 'main' can move; give the full hash"),
    fault("tasks:revision_is_pinned", "unpinned", "owner/name: no revision; pin the commit", "warned"),
    fault("tasks:rows_are_valid", "mislabelled", "row 1 .*unknown label 'hot'.*; correct the rows"),
    fault("tasks:rows_are_the_same_each_time", "differing", "rows differ between two readings; draw with a fixed seed"),
    fault("tasks:ids_are_unique", "repeated_ids", r"20 ids occur more than once \(q0, q1, q2 .*; make them unique"),
    fault("tasks:train_and_test_are_apart", "overlapping", "40 of 40 test examples are in the training", "warned"),
    fault("tasks:labels_all_occur", "one_label", "no test example has the label cold; correct `labels`", "warned"),
    fault("tasks:gold_scores_100", "eighty", "the gold itself scores accuracy 80.00, not 100"),
    fault("tasks:order_does_not_matter", "first_only", "with the examples in reverse order; metric 'first_only' must"),
    fault("tasks:wrong_predictions_are_handled", "always_best", "accuracy is 100.0 for wrong predictions"),
    fault(
        "tasks:empty_predictions_are_handled", "not_for_empty", "raises IndexError.* for empty pred.*score them as w"
    ),
    fault("tasks:missing_predictions_are_handled", "of_those_given", "is 100.0 for missing predictions, as for right"),
    fault("tasks:extra_predictions_are_handled", "nan_for_more", "'nan_for_more' returns accuracy nan for extra pred"),
    run_fault("runs_end_to_end", "the cell is .*: the scorer has no dictionary", toy.Loaded, boom),
    run_fault("batches_do_not_matter", "8 of 16 predictions differ between batches of 1 and of 16", Batchy, eighty),
    run_fault("a_resumed_run_is_the_same", "differs in a run that was interrupted; seed", Remembering, eighty),
    run_fault("results_can_be_read_back", "must be plain JSON", toy.Loaded, words),
]
