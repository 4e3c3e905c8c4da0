"""Checks of a suite: its tasks, its groups, its weights and its average."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xharness.errors import few, reason_of
from xharness.specs.suites import Suite
from xharness.specs.tasks import Task
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed, warned
from xharness.testing.trials import BEST, CLOSE


def tasks_exist(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """The tasks exist, are evaluated, and have the languages that the suite names; there is a summary."""
    if not suite.tasks:
        yield failed("the suite has no task; name some in `tasks`")
    for name, languages in suite.tasks.items():
        if name not in bench.registry.names("tasks"):
            yield failed(f"task '{name}' does not exist; declare it in the hook xharness_tasks, or correct `tasks`")
            continue
        task = bench.registry.get("tasks", name)
        if not task.metric_names:
            yield failed(f"task '{name}' is for training only and has no score; leave it out")
        strange = [code for code in languages if code not in task.languages]
        if strange:
            yield failed(f"task '{name}' does not have the languages {few(strange)}; correct `tasks`")
        if len(set(languages)) < len(languages):
            yield failed(f"task '{name}' has a language twice; its mean would count it twice")
    if not suite.summary:
        yield warned("no `summary`; describe the suite in a few words, as `xharness list suites` prints them")


def groups_are_sound(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """Groups name tasks of the suite, each task once, and none is empty."""
    if not suite.groups and not suite.official_groups:
        raise Skip("the suite declares no groups")
    for field, groups in (("groups", suite.groups), ("official_groups", suite.official_groups)):
        for group, names in groups.items():
            strange = [name for name in names if name not in suite.tasks]
            if strange:
                yield failed(f"{field}: '{group}' has {few(strange)}, which the suite does not; add it to `tasks`")
            if not names or len(set(names)) < len(names):
                what = "a task twice" if names else "no task"
                yield failed(f"{field}: '{group}' has {what}; correct it")


def weights_reach_all_tasks(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """The shares of the tasks add up to 1, and each task has one (a warning: others are evaluated, but not counted)."""
    if not suite.weights:
        raise Skip("the suite declares no weights: each task counts the same")
    if abs(math.fsum(suite.shares.values()) - 1) > CLOSE:
        yield failed(
            f"the shares of the tasks add up to {math.fsum(suite.shares.values()):.3f}, not 1; correct `shares`"
        )
    without = [name for name in suite.tasks if name not in suite.shares]
    if without:
        yield warned(
            f"no weight reaches {few(without)}: evaluated, but not counted; add it to `weights`, or leave it out"
        )


def scores_have_one_direction(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """Higher is better for the scores of all tasks, or lower is better for all."""
    higher: dict[bool, list[str]] = {True: [], False: []}
    for task in _tasks(suite, bench):
        higher[bench.registry.get("metrics", task.metric_names[0]).higher_is_better].append(task.name)
    if higher[True] and higher[False]:
        yield failed(
            f"lower is better for {few(higher[False])}, higher for {few(higher[True])}; their mean says nothing; "
            "declare two suites"
        )


def perfect_scores_average_100(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """If every task scores 100, so does the suite; if every task scores 0, so does the suite."""
    for score in (BEST, 0.0):
        value = suite.average(dict.fromkeys(suite.tasks, score))
        if not math.isfinite(value) or abs(value - score) > CLOSE:
            yield failed(f"every task scores {score:.0f}, and the suite {value:.2f}; correct `average`")


def better_scores_average_more(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """A higher score of a task never gives a lower value, and the order of scores does not matter."""
    scores = {name: 40.0 + number % 7 for number, name in enumerate(suite.tasks)}
    value = suite.average(scores)
    for name in suite.tasks:
        raised = suite.average({**scores, name: scores[name] + 10})
        if raised < value - CLOSE:
            yield failed(f"the value falls from {value:.2f} to {raised:.2f} if '{name}' scores more; correct `average`")
    other = suite.average(dict(reversed(scores.items())))
    if abs(other - value) > CLOSE:
        yield failed(
            f"the value is {value:.2f}, and {other:.2f} with the scores in reverse order; look them up by name"
        )


def missing_scores_have_no_value(suite: Suite, bench: Bench) -> Iterator[Problem]:
    """`average` has no value if the score of a counted task is missing, so that an incomplete entry has no rank."""
    for name in suite.shares or suite.tasks:
        scores = {other: BEST for other in suite.tasks if other != name}
        try:
            value = suite.average(scores)
        except KeyError:
            continue
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            yield failed(f"without the score of '{name}', `average` raises {reason_of(error)}; use scores[task]")
            return
        yield failed(
            f"without the score of '{name}', the suite has the value {value:.2f}; take each score as scores[task], so "
            "that a missing one is a KeyError"
        )
        return


def _tasks(suite: Suite, bench: Bench) -> list[Task]:
    known = bench.registry.names("tasks")
    tasks = [bench.registry.get("tasks", name) for name in suite.tasks if name in known]
    return [task for task in tasks if task.metric_names and task.metric_names[0] in bench.registry.names("metrics")]


CHECKS = checks(
    "suites",
    tasks_exist,
    groups_are_sound,
    weights_reach_all_tasks,
    scores_have_one_direction,
    perfect_scores_average_100,
    better_scores_average_more,
    missing_scores_have_no_value,
)
