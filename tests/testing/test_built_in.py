"""The built-in plugins keep the rules of the kit; whole runs only for one task of each kind."""

from __future__ import annotations

from functools import cache

import pytest

from xharness.testing import PluginSuite

RUNS = ("runs_end_to_end", "batches_do_not_matter", "a_resumed_run_is_the_same", "results_can_be_read_back")
# One task of each kind that the embedded checkpoint can be asked; whole runs are made three times only for these.
RUN_TASKS = ("xnli", "copa", "udpos", "tydiqa", "tatoeba", "bucc2018", "mewslix")
RESUMED = ("xnli", "tatoeba")
LANGUAGES = 1


@cache
def cases():
    """Return the cases of all built-in plugins by object."""
    found = {}
    for name in ("xharness_tasks", "xharness_plugins", "xharness_leaderboard"):
        for case in PluginSuite(name, most=LANGUAGES).cases():
            found.setdefault(case.object, []).append(case)
    return found


CHEAP = [
    (name, case)
    for name, own in cases().items()
    for case in own
    if not (case.check.group == "tasks" and case.check.name in RUNS)
]


@pytest.mark.parametrize("name", sorted({name for name, _ in CHEAP}))
def test_a_built_in_object_keeps_the_rules(name):
    verdicts = {case.id: case.verdict() for own, case in CHEAP if own == name}
    assert {key: verdict for key, verdict in verdicts.items() if verdict.state == "failed"} == {}


@pytest.mark.slow
@pytest.mark.parametrize("task", RUN_TASKS)
def test_a_built_in_task_runs(task):
    names = [name for name in RUNS if task in RESUMED or name != "a_resumed_run_is_the_same"]
    verdicts = {case.check.name: case.verdict() for case in cases()[f"task:{task}"] if case.check.name in names}
    assert {name: verdict.state for name, verdict in verdicts.items()} == dict.fromkeys(names, "ok"), verdicts
