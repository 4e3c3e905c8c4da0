"""Works in another process: planned once, from plain values, without looking anything up again."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.run import glossary, travelling
from tests.run.conftest import TOY
from xharness import api
from xharness.errors import BadRequest, StoreError
from xharness.registry import Registry
from xharness.run.replanning import described, replanned
from xharness.run.worker import perform
from xharness.run.works import works_of
from xharness.specs.works import Done, Ended, Failed, Reported, Started, Tokens
from xharness.store.artifacts import Store

PLUGINS = (TOY, str(Path(travelling.__file__)))


@pytest.fixture
def log(tmp_path, monkeypatch):
    path = tmp_path / "travel-log"
    monkeypatch.setenv("TRAVEL_LOG", str(path))
    return lambda: Counter(path.read_text("utf-8").split())


@pytest.fixture
def plan_of(log, model):
    registry = Registry.load(PLUGINS, third_parties=False)

    def _plan_of(*tasks, **wishes):
        given = {"model": f"traveller:{model}", "source": "counted", "dtype": "float32", "tasks": list(tasks), **wishes}
        plan = api.plan(api.build(given), registry)
        return plan, described(plan, registry)

    return _plan_of


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def performed(work, store) -> tuple[bool, list]:
    events = []
    ok = perform(work, lambda key, event: events.append((key, event)), str(store.root))
    assert {key for key, _ in events} == {work.key}
    return ok, [event for _, event in events]


def test_a_plan_made_again_is_the_same_and_nothing_is_looked_up_twice(plan_of, log):
    plan, text = plan_of("toy-tags", "toy-mining", "toy-passages", seeds=[1, 2], languages=["sw", "zh"])
    before = log()
    again, registry = replanned(text)
    assert log() - before == {"plugins": 1}
    assert list(again.jobs) == list(plan.jobs)
    assert again.predictions == plan.predictions
    assert [job.problem for job in again.jobs.values()] == [job.problem for job in plan.jobs.values()]
    assert any(job.problem for job in again.jobs.values())
    assert again.resolved.info == plan.resolved.info
    assert again.resolved.request == plan.resolved.request
    assert registry.get("models", "traveller").name == "traveller"


def test_a_plan_with_a_second_checkpoint_is_made_again(tmp_path, model, monkeypatch):
    monkeypatch.chdir(tmp_path)
    glossary.checkpoint(tmp_path / "mt")
    registry = Registry.load([TOY, str(Path(glossary.__file__))], third_parties=False)
    params = {"translations": "mt"}
    given = {"model": model, "source": "glossary", "dtype": "float32", "tasks": ["parity"], "params": params}
    plan = api.plan(api.build({**given, "recipe": "translate-test"}), registry)
    text = described(plan, registry)
    monkeypatch.chdir("/")
    again, _ = replanned(text)
    assert list(again.jobs) == list(plan.jobs)
    assert [job.kind for job in again.jobs.values()].count("pretrained") == 2
    assert [again.given(job)[1].path for job in again.of_kind("pretrained")] == [
        plan.given(job)[1].path for job in plan.of_kind("pretrained")
    ]


def test_the_description_of_a_plan_holds_absolute_paths(plan_of, monkeypatch, tmp_path, model):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "files").mkdir()
    _, text = plan_of("toy-tags", model="traveller:model", data="files")
    content = json.loads(text)
    assert content["request"]["data"] == str(tmp_path / "files")
    assert content["models"]["traveller:model"]["info"]["path"] == model
    assert all(Path(name).is_absolute() for name in content["plugins"])


def test_works_are_plain_values(plan_of, store):
    plan, text = plan_of("toy-tags", "toy-passages", languages=["sw"])
    works = works_of(plan, store, (), text)
    assert [work.title.split()[0] for work in works] == ["finetune", "predict", "embed", "predict"]
    assert pickle.loads(pickle.dumps(works)) == works
    json.dumps([asdict(work) for work in works])


def test_works_tell_what_they_do_and_are_planned_once_in_a_process(plan_of, store, log):
    plan, text = plan_of("toy-tags", languages=["en", "sw"])
    training, predicting = pickle.loads(pickle.dumps(works_of(plan, store, (), text)))
    before = log()["plugins"]
    ok, events = performed(training, store)
    assert ok
    assert events[0] == Started()
    assert [event.report["step"] for event in events if isinstance(event, Reported)] == list(range(1, 13))
    assert events[-2].job == training.key
    assert events[-1].tokens == 0
    ok, events = performed(predicting, store)
    assert ok
    assert sum(event.n for event in events if isinstance(event, Tokens)) == events[-1].tokens == 2 * 30 * 6
    done = [event for event in events if isinstance(event, Done)]
    assert [event.job for event in done] == list(predicting.jobs)
    assert [event.problem for event in done] == [None, None]
    assert 0 < sum(event.seconds for event in done) <= events[-1].seconds
    assert len(list(store.root.glob("objects/score/*/*/score.json"))) == 2  # in the process that predicted
    assert log()["plugins"] == before + 1


def test_a_work_done_before_is_not_done_again(plan_of, store):
    plan, text = plan_of("toy-tags", languages=["en"])
    works = works_of(plan, store, (), text)
    first = [performed(work, store) for work in works]
    again = [performed(work, store) for work in works]
    assert all(ok for ok, _ in first + again)
    assert [type(event) for _, events in again for event in events] == [Started, Done, Ended] * 2


def test_a_process_that_plans_otherwise_says_so_and_fails_the_work(plan_of, store):
    plan, text = plan_of("toy-tags", languages=["en"])
    work = works_of(plan, store, (), text)[0]
    ok, events = performed(replace(work, jobs=("0" * 32,)), store)
    assert not ok
    assert [event.reason for event in events if isinstance(event, Failed)] == [
        "the plan of this worker process differs from that of the run: the data changed, or xharness or a plugin has "
        "another version here; use the same versions and run again"
    ]


def test_a_process_without_the_plugins_says_so_and_fails_the_work(plan_of, store):
    plan, text = plan_of("toy-tags", languages=["en"])
    work = works_of(plan, store, (), text)[0]
    lacking = json.dumps(json.loads(text) | {"plugins": [TOY]})
    ok, events = performed(replace(work, plan=lacking), store)
    assert not ok
    (reason,) = [event.reason for event in events if isinstance(event, Failed)]
    assert reason.startswith("this worker process cannot recreate the plan of the run: unknown model 'traveller'")


def test_a_store_that_cannot_be_written_to_ends_the_run(plan_of, store, tmp_path):
    plan, text = plan_of("toy-tags", languages=["en"])
    work = works_of(plan, store, (), text)[0]
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot save"):
        perform(work, lambda key, event: None, str(tmp_path / "file"))


def test_seconds_and_tokens_of_each_work_are_recorded(run):
    timing = {row["work"]: row for row in run(tasks=["toy-tags", "toy-pairs"], languages=["en"])["run"]["timing"]}
    tokens = {name: row["tokens"] for name, row in timing.items()}
    assert tokens == {
        "finetune on toy-tags (en), seed 1": 0,
        "predict toy-tags: 1 cell": 30 * 6,
        "predict toy-pairs: 1 cell": 60 * 6,
    }
    assert all(row["seconds"] > 0 for row in timing.values())


def test_workers_are_refused_where_one_work_is_done_at_a_time(run):
    with pytest.raises(BadRequest, match=r"workers 2: executor 'local' has only one worker; use --executor p"):
        run(tasks=["toy-tags"], workers=2)
    with pytest.raises(BadRequest, match="workers 0: must be"):
        run(tasks=["toy-tags"], workers=0, executor="processes")


@pytest.mark.parametrize(
    ("wishes", "folder"),
    [
        ({"tasks": ["xnli"]}, "b-zero-shot-xnli-a96da74b"),
        (
            {"suite": "xtreme", "seeds": [1, 2], "limit": 5, "params": {"epochs": "3"}},
            "b-zero-shot-xtreme-20e67999",
        ),
    ],
)
def test_a_request_without_workers_has_the_folder_that_it_always_had(wishes, folder):
    assert api.default_folder(api.build({"model": "a/b", **wishes})).name == folder
    given = api.build({"model": "a/b", **wishes, "workers": 2})
    assert given.record()["workers"] == 2
    assert api.default_folder(given).name != folder
