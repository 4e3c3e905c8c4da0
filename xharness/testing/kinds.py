"""Checks of a kind: its declaration, and its functions on examples of a task."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from xharness.errors import DataError, PluginError, few, reason_of
from xharness.noising.rows import Changing, RowNoiser
from xharness.specs.kinds import Kind
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed
from xharness.testing.examples import Sample, read
from xharness.testing.trials import BEST, CLOSE, sample_of, scores, trial


def declaration_is_sound(kind: Kind, bench: Bench) -> Iterator[Problem]:
    """It has columns and ways; at most the first way is native; its metrics exist and score it."""
    if not kind.columns:
        yield failed("no `columns`; declare the columns of an example")
    if not kind.ways:
        yield failed("no `ways`; declare at least one, for example head('classify')")
    if any(way.native for way in kind.ways[1:]):
        yield failed("a native way is not the first of `ways`; put it first")
    for name in kind.metrics:
        if name not in bench.registry.names("metrics"):
            yield failed(f"metric '{name}' does not exist; declare it in xharness_metrics, or correct `metrics`")
        elif kind.name not in bench.registry.get("metrics", name).kinds:
            yield failed(f"metric '{name}' does not score kind '{kind.name}'; add it to the metric's `kinds`")
    if kind.metrics and not kind.headline:
        yield failed("no `headline`; name the values whose mean is the score of a task")


def examples_are_accepted(kind: Kind, bench: Bench) -> Iterator[Problem]:
    """`check` accepts the examples of a task, and `has_gold` sees their gold."""
    gold: list[bool] = []
    for task in _tasks(kind, bench):
        try:
            found = read(task, bench)
        except DataError as error:
            yield failed(f"{error}; correct `check`, or the rows of the task")
            continue
        except Skip:
            continue
        gold.append(kind.has_gold(kind.gold(found[0].rows), task))
    if kind.metrics and gold and not any(gold):
        yield failed("`has_gold` finds no gold in the examples of any task; correct it, or the rows")


def right_predictions_score_best(kind: Kind, bench: Bench) -> Iterator[Problem]:
    """Right predictions, through `predictions` and `gold`, score best with the metrics of the kind."""
    task, sample = _sample(kind, bench)
    rows = trial(task, sample.rows, True)
    values: dict[str, float] = {}
    best = BEST
    for name in kind.metrics:
        metric = bench.registry.get("metrics", name)
        best = best if metric.higher_is_better else 0.0
        values |= scores(metric, kind, rows, sample.rows, sample.language)
    for name in kind.headline:
        if name not in values:
            yield failed(f"no metric of the kind returns the value '{name}'; correct `headline` or `metrics`")
        elif abs(values[name] - best) > CLOSE:
            yield failed(f"right predictions score {name} {values[name]:.2f}; `gold` and `predictions` do not fit")


def noise_keeps_the_gold(kind: Kind, bench: Bench) -> Iterator[Problem]:
    """`noise` with no edits returns the row as it is; with edits it changes only columns that declare it."""
    if kind.noise is None:
        raise Skip("examples of the kind cannot be changed by noises")
    _, sample = _sample(kind, bench)
    row = sample.rows[0]
    try:
        same, noisy = kind.noise(row, _noiser(kind, row, False)), kind.noise(row, _noiser(kind, row, True))
    except PluginError as error:
        yield failed(f"`noise` loses part of an example: {error}")
        return
    changed = [name for name in kind.columns if same.get(name) != row.get(name)]
    if changed:
        yield failed(f"`noise` changes the column {few(changed)} although nothing is edited; return it as it is")
    fixed = [name for name, column in kind.columns.items() if column.noise == "never" and noisy.get(name) != row[name]]
    moving = [name for name in fixed if kind.columns[name].type not in ("spans",) and not _holds(row, noisy, name)]
    if moving:
        yield failed(f"`noise` changes the column {few(moving)}, which declares noise='never'; correct one of them")


def _holds(row: Any, noisy: Any, name: str) -> bool:
    """Return whether a column contains the text of another one, so that it changes with it."""
    texts = [value for other, value in row.items() if other != name and isinstance(value, str) and value]
    return isinstance(row[name], str) and any(text in row[name] for text in texts)


def _noiser(kind: Kind, row: Any, edits: bool) -> RowNoiser:
    from xharness.noising.edits import Edit

    def edit(text: Any) -> Iterator[Edit]:
        for word in text.words[:1] if edits else ():
            yield word.replaced(word.text[::-1] + "x")

    columns = tuple(name for name, column in kind.columns.items() if column.noise != "never")
    how = Changing(
        name="check",
        version=1,
        edits=edit,
        seeded_by=("t", "en", "test"),
        columns=columns,
        severity=1,
        settings={},
        others=dict.fromkeys(columns, ()),
    )
    return RowNoiser(how, 0, row)


def shuffle_keeps_the_texts(kind: Kind, bench: Bench) -> Iterator[Problem]:
    """`shuffle` keeps the number of rows, and rows that `check` accepts."""
    if kind.shuffle is None:
        raise Skip("examples of the kind have no labels to permute")
    task, sample = _sample(kind, bench)
    numbers = iter(range(10**9))
    shuffled = kind.shuffle(sample.rows, lambda: (next(numbers) * 0.618) % 1)
    labels = frozenset(getattr(task, "labels", ()))
    if len(shuffled) != len(sample.rows):
        yield failed(f"`shuffle` returns {len(shuffled)} rows for {len(sample.rows)}; return one for each")
    problem = next((text for row in shuffled if kind.check and (text := kind.check(row, labels))), None)
    if problem:
        yield failed(f"`shuffle` returns a row that `check` refuses ({problem}); permute among rows that fit")


def settings_are_json(kind: Kind, bench: Bench) -> Iterator[Problem]:
    """`settings` and `train_settings` return JSON values, the same at each call; they enter keys."""
    for task in _tasks(kind, bench):
        for name, function in (("settings", kind.settings), ("train_settings", kind.train_settings)):
            try:
                one, other = (json.dumps(dict(function(task)), allow_nan=False) for _ in range(2))
            except (TypeError, ValueError) as error:
                yield failed(
                    f"`{name}` of task '{task.name}' is not plain JSON: {reason_of(error)}; return JSON values"
                )
                return
            if one != other:
                yield failed(f"`{name}` of task '{task.name}' differs between two calls; depend on the task alone")
                return


def _tasks(kind: Kind, bench: Bench) -> list[Task]:
    tasks = [task for task in bench.registry.all("tasks") if task.kind == kind]
    if not tasks:
        raise Skip(f"no task has kind '{kind.name}'; declare one, at least with mini(...)")
    return tasks


def _sample(kind: Kind, bench: Bench) -> tuple[Task, Sample]:
    reasons = []
    for task in _tasks(kind, bench):
        try:
            return task, sample_of(task, bench)
        except Skip as reason:
            reasons.append(str(reason))
    raise Skip(reasons[0])


CHECKS = checks(
    "kinds",
    declaration_is_sound,
    examples_are_accepted,
    right_predictions_score_best,
    noise_keeps_the_gold,
    shuffle_keeps_the_texts,
    settings_are_json,
)
