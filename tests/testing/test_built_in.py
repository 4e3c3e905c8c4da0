"""The built-in plugins keep the rules of the kit; whole runs only for one task of each kind."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.models import tiny_decoder
from xharness import Executor
from xharness.registry import Registry
from xharness.testing import PluginSuite
from xharness.testing.checks import perform
from xharness.testing.suite import checks_of

RUNS = ("runs_end_to_end", "batches_do_not_matter", "a_resumed_run_is_the_same", "results_can_be_read_back")
# One task of each kind, for which whole runs are made; those of a kind with and one without training are interrupted.
RUN_TASKS = {
    "classification": "xnli",
    "multiple-choice": "copa",
    "reranking": "codechoice_mconala",
    "tagging": "udpos",
    "span-qa": "tydiqa",
    "bitext-retrieval": "tatoeba",
    "bitext-mining": "bucc2018",
    "passage-retrieval": "mewslix",
    "ranking": "coderank_mconala",
    "generation": "mconala_nll",
}
RESUMED = ("tagging", "bitext-retrieval")
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


def test_a_task_of_each_evaluated_kind_runs():
    registry = Registry.load(third_parties=False)
    assert {registry.get("tasks", name).kind.name: name for name in RUN_TASKS.values()} == RUN_TASKS
    assert set(RUN_TASKS) == {kind.name for kind in registry.all("kinds") if kind.metrics}


def test_an_executor_that_submits_plans_is_skipped_and_writes_below_its_own_store(tmp_path, monkeypatch):
    def submit(works, perform, emit, resources):
        (Path(resources.store) / "plans" / "mine").mkdir(parents=True)

    monkeypatch.chdir(tmp_path)
    bench = PluginSuite("xharness_plugins").bench
    verdict = perform(checks_of("executors")[0], Executor(name="mine", summary="submits plans", run=submit), bench)
    assert (verdict.state, "saved plan to another system" in verdict.text) == ("skipped", True)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("kind", RUN_TASKS)
def test_a_built_in_task_runs(kind, tmp_path):
    names = [name for name in RUNS if kind in RESUMED or name != "a_resumed_run_is_the_same"]
    own = cases()[f"task:{RUN_TASKS[kind]}"]
    if kind == "generation":  # the embedded checkpoint writes nothing, and gives texts no likelihood
        suite = PluginSuite("xharness_tasks", models=[tiny_decoder(tmp_path)])
        own = [case for case in suite.cases() if case.subject == RUN_TASKS[kind]]
    verdicts = {case.check.name: case.verdict() for case in own if case.check.name in names}
    assert {name: verdict.state for name, verdict in verdicts.items()} == dict.fromkeys(names, "ok"), verdicts
