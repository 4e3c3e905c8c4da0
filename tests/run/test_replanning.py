"""The exact revisions of data travel with the works of a run: a push to the hub during the run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.plugins.sources.repos import TEXT, cached, class_label, repository
from tests.run import hub_task
from tests.run.conftest import TOY
from xharness import api
from xharness.errors import DataError
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.progress import progress
from xharness.run.replanning import described, replanned
from xharness.run.runner import Runner
from xharness.store.artifacts import Store
from xharness_plugins.sources import hub_fallback

COLUMNS = {"text": TEXT, "label": class_label("even", "odd")}
OLD, NEW = "a" * 40, "b" * 40
TEXTS = ["e one", "o two", "e three"]


@dataclass(frozen=True)
class Hub:
    """A stand-in for the hub: its cache folder, which is all that there is offline."""

    cache: Path
    clear: Callable[[], None]

    def push(self, commit: str, texts: list[str]) -> None:
        rows = [{"text": text, "label": number % 2} for number, text in enumerate(texts)]
        repository(cached(self.cache, "me/mine", commit), {"sw": {"train": rows, "test": rows}}, COLUMNS)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    import huggingface_hub.constants

    for name, value in (("HF_HUB_CACHE", str(tmp_path / "hub")), ("HF_HUB_OFFLINE", "1")):
        monkeypatch.setattr(huggingface_hub.constants, name, value)
        monkeypatch.setenv(name, value)

    def clear() -> None:
        """Forget what was looked up, as a new process has."""
        for each in (hub_fallback.newest, hub_fallback._seen):
            each.cache_clear()

    clear()
    yield Hub(tmp_path / "hub", clear)
    clear()


@pytest.fixture
def registry():
    return Registry.load([TOY, str(Path(hub_task.__file__))], third_parties=False)


@pytest.fixture
def plan(hub, registry, model):
    hub.push(OLD, TEXTS)
    given = {"model": model, "source": "hub", "dtype": "float32", "tasks": ["hub-parity"]}
    return api.plan(api.build({**given, "executor": "processes", "workers": 1}), registry)


def texts(plan: Plan, registry: Registry, store: Store) -> list[str]:
    (job,) = plan.of_kind("predict")
    return Context(plan, registry, store).load(job.stage.data["examples"])["text"][:]


def test_another_process_reads_the_commit_of_the_run(hub, plan, registry, tmp_path):
    text = described(plan, registry)
    hub.push(NEW, ["e four"])
    hub.clear()
    again, plugins = replanned(text)
    assert list(again.jobs) == list(plan.jobs)
    assert texts(again, plugins, Store(tmp_path / "store")) == TEXTS


def test_all_executors_share_a_saved_plan(plan, registry):
    options = {"executor": "slurm", "workers": 8, "params": {"slurm_options": "--partition=gpu"}}
    other = api.plan(replace(plan.resolved.request, **options), registry)
    assert described(other, registry) == described(plan, registry)


def test_another_process_never_looks_up_a_commit(hub, plan, registry, tmp_path):
    content = json.loads(described(plan, registry))
    assert content["revisions"] == {"me/mine@main": OLD}
    again, plugins = replanned(json.dumps(content | {"revisions": {}}))
    hub.clear()
    with pytest.raises(DataError, match=r"me/mine@main: this revision was not found when the run was planned"):
        texts(again, plugins, Store(tmp_path / "store"))


def test_a_push_in_the_middle_of_a_run_changes_nothing(hub, plan, registry, tmp_path):
    hub.push(NEW, ["e four"])
    runner = Runner(plan, registry, Store(tmp_path / "store"), tmp_path / "out", progress(quiet=True))
    [cell] = runner.run()["cells"]
    assert (cell["status"], cell["reason"], cell["n"]) == ("ok", None, len(TEXTS))
    assert OLD in cell["data"]["examples"]
