"""Checks of a task: its fields, its examples, its scores, and whole runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from xharness.errors import DataError, StoreError, few
from xharness.languages import LANGUAGES, canonical
from xharness.specs.sources import Hub
from xharness.specs.tasks import Task
from xharness.testing import runs, trials
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed, warned
from xharness.testing.examples import load, read, samples, source_of, texts_of

_COMMIT = re.compile(r"[0-9a-f]{40}")
_FEW = 12
"""Examples that are generated twice."""


def fields_are_valid(task: Task, bench: Bench) -> Iterator[Problem]:
    """The metrics exist and score the kind; trainings, overlaps and labels refer to what exists; there is a summary."""
    known = bench.registry.names("metrics")
    for name in task.metric_names:
        if name not in known:
            yield failed(
                f"metric '{name}' does not exist; declare it in the hook xharness_metrics, or correct `metrics`"
            )
        elif task.kind.name not in bench.registry.get("metrics", name).kinds:
            yield failed(f"metric '{name}' does not score kind '{task.kind.name}'; choose another in `metrics`")
    training = task.training
    others = {training.task, training.first} - {None} if training else set()
    for name in filter(None, (*others, *(overlap.task for overlap in task.overlaps))):
        if name not in bench.registry.names("tasks"):
            yield failed(f"task '{name}' does not exist; correct `train` or `overlaps`")
    labels = getattr(task, "labels", ())
    if len(set(labels)) < len(labels) or "" in labels:
        yield failed("`labels` has a label twice, or an empty one; correct it")
    strange = set(task.sizes) - set(task.languages)
    if strange:
        yield failed(f"`sizes` has languages that the task does not: {few(sorted(strange))}; correct it")
    if not task.summary:
        yield warned("no `summary`; describe the task in a few words, as `xharness list tasks` prints them")


def languages_are_known(task: Task, bench: Bench) -> Iterator[Problem]:
    """Every language has the code of the table of languages."""
    for code in task.languages:
        if code not in LANGUAGES:
            right = canonical(code)
            hint = f"write '{right}'" if right in LANGUAGES else "see `xharness list languages`"
            yield failed(f"language '{code}' is not a known code; {hint}")


def revision_is_pinned(task: Task, bench: Bench) -> Iterator[Problem]:
    """The revision of each hub repository is a full commit hash."""
    declared = task.data if isinstance(task.data, tuple) else (task.data,)
    repositories = [repository for entry in declared if isinstance(entry, Hub) for repository in _repositories(entry)]
    if not repositories:
        raise Skip("the task declares no hub repository")
    for repository in {each.id: each for each in repositories}.values():
        if repository.revision is None:
            yield warned(
                f"{repository.id}: no revision; pin the commit with revision=..., so that results can be repeated"
            )
        elif not _COMMIT.fullmatch(repository.revision):
            yield failed(f"{repository.id}: revision '{repository.revision}' can move; give the full hash of a commit")


def _repositories(entry: Hub) -> Iterator[Hub]:
    yield entry
    for other in (*entry.also, *entry.instead.values()):
        if other is not None:
            yield from _repositories(other)


def rows_are_valid(task: Task, bench: Bench) -> Iterator[Problem]:
    """The test split of each language can be read, with the columns of the kind and labels of the task."""
    source = source_of(task, bench)
    try:
        found = read(task, bench)
    except DataError as error:
        yield failed(f"{error}; correct the rows that the task yields")
        return
    labels = frozenset(getattr(task, "labels", ()))
    for sample in found:
        lacking = [name for name in task.kind.columns if name not in sample.examples.column_names]
        if lacking:
            yield failed(f"{sample.where}: no column {few(lacking)}; map it in `columns`, or yield it in `read`")
            continue
        for number, row in enumerate(sample.rows):
            problem = task.kind.check and task.kind.check(row, labels)
            if problem:
                yield failed(f"{sample.where}, row {number} (from 0): {problem}; correct the data or `labels`")
                break
    training = task.training
    if training and training.task == task.name:
        try:
            load(task, source, training.language, "train", bench)
        except DataError as error:
            yield failed(f"{error}; declare the split `train`, or leave out `train=`")


def rows_are_the_same_each_time(task: Task, bench: Bench) -> Iterator[Problem]:
    """Reading a split twice yields the same rows in the same order."""
    sample = samples(task, bench)[0]
    declared: Any = task.data_for(sample.source.name)
    make = getattr(declared, "rows", None)
    if callable(make):  # the source keeps synthetic rows in memory
        first, second = ([dict(row) for row in make(sample.language, task.test_split, _FEW)] for _ in range(2))
    else:
        first, second = sample.rows, list(load(task, sample.source, sample.language, task.test_split, bench))
    if first != second:
        yield failed(f"{sample.where}: the rows differ between two readings; draw with a fixed seed, and sort sets")


def ids_are_unique(task: Task, bench: Bench) -> Iterator[Problem]:
    """No two examples of a split have the same id."""
    if "id" not in task.kind.columns:
        raise Skip(f"examples of kind '{task.kind.name}' have no id")
    for sample in samples(task, bench):
        ids = Counter(tuple(row[name] for name in ("side", "id") if name in row) for row in sample.rows)
        twice = [str(name[-1]) for name, count in ids.items() if count > 1]
        if twice:
            yield failed(f"{sample.where}: {len(twice)} ids occur more than once ({few(twice, 3)}); make them unique")


def train_and_test_are_apart(task: Task, bench: Bench) -> Iterator[Problem]:
    """No test example is also an example of the task's own training split (a warning)."""
    training = task.training
    if training is None or training.task != task.name or task.test_split == "train":
        raise Skip("the task has no training split of its own beside the evaluated one")
    if any((each.split, each.task, each.other) == (task.test_split, task.name, "train") for each in task.overlaps):
        raise Skip("the task declares this overlap in `overlaps`")
    source = source_of(task, bench)
    trained = {texts_of(task, row) for row in load(task, source, training.language, "train", bench)}
    for sample in samples(task, bench):
        shared = sum(texts_of(task, row) in trained for row in sample.rows)
        if shared:
            yield warned(
                f"{sample.where}: {shared} of {len(sample.examples)} test examples are in the training split; remove "
                "them from it, or declare them in `overlaps`"
            )


def labels_all_occur(task: Task, bench: Bench) -> Iterator[Problem]:
    """Each label of the task occurs in its test examples (a warning)."""
    labels = getattr(task, "labels", ())
    if not labels:
        raise Skip("the task declares no labels")
    gold: set[Any] = set()
    for sample in samples(task, bench):
        for row in sample.rows:
            value = row.get("label", row.get("tags"))
            gold.update(value if isinstance(value, list) else [value])
    absent = [label for label in labels if label not in gold]
    if absent and gold != {None}:
        yield warned(f"no test example has the label {few(absent)}; correct `labels` if it is misspelt")


def gold_scores_100(task: Task, bench: Bench) -> Iterator[Problem]:
    """Predictions that equal the gold score 100, or 0 with a metric for which lower is better."""
    sample = trials.sample_of(task, bench)
    rows = trials.trial(task, sample.rows, True)
    values: dict[str, float] = {}
    best = trials.BEST
    for name in task.metric_names:
        metric = bench.registry.get("metrics", name)
        found = trials.scores(metric, task.kind, rows, sample.rows, sample.language)
        if set(found) & set(task.headline_names) and not metric.higher_is_better:
            best = 0.0
        values |= found
    for name in task.headline_names:
        if name not in values:
            yield failed(f"no metric of the task returns the value '{name}'; correct `headline` or `metrics`")
        elif abs(values[name] - best) > trials.CLOSE:
            yield failed(
                f"{sample.where}: the gold itself scores {name} {values[name]:.2f}, not {best:.0f}; the metric and "
                "the gold do not fit"
            )


def order_does_not_matter(task: Task, bench: Bench) -> Iterator[Problem]:
    """The scores are the same for examples in another order."""
    sample = trials.sample_of(task, bench)
    for name in task.metric_names:
        problem = trials.order_problem(bench.registry.get("metrics", name), task, sample)
        if problem:
            yield failed(problem)


def wrong_predictions_are_handled(task: Task, bench: Bench) -> Iterator[Problem]:
    """Predictions that are all wrong score less than right ones, and raise nothing unclear."""
    examples = trials.sample_of(task, bench).rows
    right = trials.trial(task, examples, True)
    yield from trials.handled(task, bench, "wrong predictions", right, trials.trial(task, examples, False))


def empty_predictions_are_handled(task: Task, bench: Bench) -> Iterator[Problem]:
    """Predictions that are the empty text, an empty list or no index score less than right ones, or are refused."""
    examples = trials.sample_of(task, bench).rows
    right = trials.trial(task, examples, True)
    yield from trials.handled(task, bench, "empty predictions", right, trials.empty(right))


def missing_predictions_are_handled(task: Task, bench: Bench) -> Iterator[Problem]:
    """If the second half of the predictions is missing, the score is lower, or they are refused."""
    examples = trials.sample_of(task, bench).rows
    right = trials.trial(task, examples, True)
    yield from trials.handled(task, bench, "missing predictions", right, right[: len(right) // 2])


def extra_predictions_are_handled(task: Task, bench: Bench) -> Iterator[Problem]:
    """Wrong predictions followed by right ones of other examples are refused, or score less than right ones."""
    examples = trials.sample_of(task, bench).rows
    right, wrong = (trials.trial(task, examples, each) for each in (True, False))
    extra = [{**row, "id": f"extra {row['id']}"} if "id" in row else dict(row) for row in right]
    yield from trials.handled(task, bench, "extra predictions", right, [*wrong, *extra])


def runs_end_to_end(task: Task, bench: Bench) -> Iterator[Problem]:
    """A run on a few examples ends with a score for every cell."""
    for cell in runs.undisturbed(task, bench).cells:
        if cell["status"] != "ok":
            yield failed(f"{cell['language']}: the cell is {cell['status']}: {cell['reason']}")
        elif not cell["metrics"]:
            yield failed(f"{cell['language']}: the cell has no score; see the metrics of the task")


def batches_do_not_matter(task: Task, bench: Bench) -> Iterator[Problem]:
    """The model gives the same predictions for examples one by one as for 16 together."""
    run = runs.undisturbed(task, bench)
    alone, together = runs.alone_and_together(run, task, bench)
    odd = [number for number, pair in enumerate(zip(alone, together, strict=True)) if not runs.alike(*pair)]
    if odd:
        yield failed(
            f"{len(odd)} of {len(alone)} predictions differ between batches of 1 and of 16, first that of example "
            f"{odd[0]}; the result of an example must not depend on others"
        )


def a_resumed_run_is_the_same(task: Task, bench: Bench) -> Iterator[Problem]:
    """A run that is interrupted and run again has the same predictions and scores as one that is not."""
    one, other = runs.undisturbed(task, bench), runs.resumed(task, bench)
    for name in sorted({*one.predictions(), *other.predictions()}):
        if one.predictions().get(name) != other.predictions().get(name):
            yield failed(f"{name} differs in a run that was interrupted; seed every draw, and keep no state in memory")
    if not one.predictions():
        yield failed("the run wrote no predictions; see runs_end_to_end")


def results_can_be_read_back(task: Task, bench: Bench) -> Iterator[Problem]:
    """results.json conforms to its schema, and reading it returns what the run returned."""
    try:
        problem = runs.unreadable(runs.undisturbed(task, bench))
    except StoreError as error:
        problem = str(error)
    if problem:
        yield failed(f"{problem}; values, notes and settings must be plain JSON with finite numbers")


CHECKS = checks(
    "tasks",
    fields_are_valid,
    languages_are_known,
    revision_is_pinned,
    rows_are_valid,
    rows_are_the_same_each_time,
    ids_are_unique,
    train_and_test_are_apart,
    labels_all_occur,
    gold_scores_100,
    order_does_not_matter,
    wrong_predictions_are_handled,
    empty_predictions_are_handled,
    missing_predictions_are_handled,
    extra_predictions_are_handled,
    runs_end_to_end,
    batches_do_not_matter,
    a_resumed_run_is_the_same,
    results_can_be_read_back,
)
