"""Target checkpoints are deleted after use; their reports and shared checkpoints stay."""

from __future__ import annotations

import itertools

import pytest

from tests import toy
from tests.run.test_runner import cells
from xharness import StageError, api
from xharness.run.checkpoint_cleanup import targets
from xharness.run.pricing import disk, prices
from xharness.run.searches import vector_search
from xharness.run.steps import predict
from xharness.store.artifacts import Store
from xharness.store.listing import entries

SHARED = {"recipe": "intermediate", "params": {"intermediate": "toy-parity"}}


@pytest.fixture
def log(monkeypatch, tmp_path):
    path = tmp_path / "log"
    path.touch()
    monkeypatch.setenv("TOY_LOG", str(path))
    return lambda: [line.split()[0] for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def weights(store):
    """Return the tasks of the trained checkpoints whose weights are on the disk."""
    return sorted(each.about["tasks"] for each in entries(store.root) if (each.path / "checkpoint").is_dir())


def reports(results):
    return [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]


def planned(registry, model, **wishes):
    return api.plan(api.build({"model": model, "source": "toy", "dtype": "float32", **wishes}), registry)


def test_a_target_goes_when_it_has_served_and_its_report_stays(run, log, store):
    first = run(tasks=["toy-tags", "toy-qa"])
    assert weights(store) == []
    again = run(tasks=["toy-tags", "toy-qa"], out="again")
    assert log().count("step") == 2 * toy.STEPS
    assert reports(again) == reports(first)
    assert [report["steps"] for report in reports(again)] == [toy.STEPS, toy.STEPS]
    assert [cell["metrics"] for cell in again["cells"]] == [cell["metrics"] for cell in first["cells"]]


def test_a_target_goes_after_the_search_that_used_it(run, store, monkeypatch):
    """A checkpoint stays while a search with it fails, and is deleted when the search and its predictions are there."""
    asked = {"source": "mini", "languages": ["en"], "tasks": ["xnli"], "noises": ["char_swap:3:search=greedy"]}
    with monkeypatch.context() as patch:
        patch.setattr(predict, "attack", fails)
        failed = run(**asked)
    assert [cell["status"] for cell in failed["cells"]] == ["ok", "failed"]
    assert weights(store) == ["xnli"]
    found = run(**asked, out="again")
    assert [cell["status"] for cell in found["cells"]] == ["ok", "ok"]
    assert weights(store) == []


def fails(*parts):
    raise StageError("out of memory")


def test_what_an_earlier_run_trained_upon_stays_when_it_is_a_target_itself(run, log, store):
    run(tasks=["toy-tags"], **SHARED)
    assert weights(store) == ["toy-parity"]
    run(tasks=["toy-parity"], out="target")
    assert weights(store) == ["toy-parity"]
    run(tasks=["toy-tags", "toy-qa"], out="more", **SHARED)
    assert log().count("step") == 3 * toy.STEPS


def test_each_target_is_predicted_with_before_the_next_is_trained(run, log):
    run(tasks=["toy-tags", "toy-parity", "toy-qa"], languages=["en", "sw"])
    # toy-qa is answered with what toy-parity was trained to
    assert [what for what, _ in itertools.groupby(log())] == ["step", "tag", "step", "classify", "answer"]


def test_what_serves_other_targets_stays(run, log, store):
    run(tasks=["toy-tags", "toy-pairs"], **SHARED)
    assert weights(store) == ["toy-parity"]
    run(tasks=["toy-tags", "toy-pairs", "toy-qa"], out="more", **SHARED)
    assert log().count("step") == 3 * toy.STEPS
    assert weights(store) == ["toy-parity"]


def test_an_intermediate_checkpoint_that_only_searches_used_stays(run, store):
    run(tasks=["toy-pairs"], **SHARED)
    assert weights(store) == ["toy-parity"]


def test_all_stay_where_it_is_asked_for(run, log, store):
    run(tasks=["toy-tags"], languages=["en"], keep_checkpoints=True)
    assert weights(store) == ["toy-tags"]
    run(tasks=["toy-tags"], out="more")
    assert log().count("step") == toy.STEPS
    assert weights(store) == ["toy-tags"]  # no later run drops it


def test_a_language_that_is_added_trains_again_what_was_dropped(run, log, store, registry, model):
    first = run(tasks=["toy-tags"], languages=["en"])
    more = run(tasks=["toy-tags"], out="more")
    assert log().count("step") == 2 * toy.STEPS
    assert log().count("tag") == 3 * 30
    assert cells(more, "toy-tags")["en"]["metrics"] == cells(first, "toy-tags")["en"]["metrics"]


def test_keys_that_later_runs_need_stay(registry, model, tmp_path, store):
    made = planned(registry, model, tasks=["toy-tags", "toy-qa"])
    kept, gone = (job for job in made.of_kind("finetune"))
    api.run(made.resolved.request, registry=registry, out=tmp_path / "out", store=store.root, keep={kept.key})
    assert store.has("finetune", kept.key)
    assert not store.has("finetune", gone.key)


def test_what_another_process_uses_stays_until_it_is_done(run, registry, model, tmp_path, store):
    [job] = planned(registry, model, tasks=["toy-tags"]).of_kind("finetune")
    with store.using([job.key]):
        run(tasks=["toy-tags"])
        assert store.has("finetune", job.key)
    run(tasks=["toy-tags"], out="other")
    assert not store.has("finetune", job.key)


def test_a_checkpoint_with_which_not_everything_could_be_predicted_stays(run, tmp_path, store, log):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken").touch()
    run(tasks=["toy-tags"], data=str(tmp_path / "data"))
    assert weights(store) == ["toy-tags"]
    (tmp_path / "data" / "broken").unlink()
    assert {cell["status"] for cell in run(tasks=["toy-tags"], data=str(tmp_path / "data"))["cells"]} == {"ok"}
    assert log().count("step") == toy.STEPS
    assert weights(store) == []


def test_few_shot_keeps_the_english_checkpoint_that_all_languages_go_on_from(registry, model):
    made = planned(registry, model, tasks=["toy-tags"], recipe="few-shot", params={"shots": "4"})
    going = {job.key for job in targets(made)}
    english = [job.key for job in made.of_kind("finetune") if "shots" not in job.stage.params.key()]
    assert going == {job.key for job in made.of_kind("finetune")} - set(english)
    assert len(going) == 2


def test_a_multi_task_training_goes_for_its_target_and_stays_for_a_search(registry, model):
    wishes = {"recipe": "multi-task", "params": {"intermediate": "toy-parity"}}
    made = planned(registry, model, tasks=["toy-tags", "toy-pairs"], **wishes)
    assert [job.subject for job in targets(made)] == ["toy-parity, toy-tags"]


def kept(store):
    """Return which vectors a store has: those of a pool, those by text."""
    patterns = {"embed": "objects/embed/*/*/*.f32", "vectors": "vectors/*/*.npy"}
    return [kind for kind, pattern in patterns.items() if any(store.root.glob(pattern))]


SEARCHES = ["toy-pairs", "toy-passages"]


def test_vectors_go_once_all_predictions_that_read_them_are_stored(run, store, log):
    run(tasks=SEARCHES, languages=["en", "sw"])
    assert kept(store) == []
    count = log().count("embed")
    run(tasks=SEARCHES, languages=["en", "sw"], out="again")
    assert log().count("embed") == count


def test_vectors_stay_where_it_is_asked_for(run, store, log):
    run(tasks=SEARCHES, languages=["sw"], keep_checkpoints=True)
    assert kept(store) == ["embed", "vectors"]
    count = log().count("embed")
    run(tasks=SEARCHES, out="more")
    assert kept(store) == ["embed", "vectors"]  # no later run drops them
    assert log().count("embed") == count + 60 + 120  # queries and pairs of two languages, but not the pool


def test_vectors_stay_for_a_prediction_that_failed(run, store, log, monkeypatch):
    def failing(job, *rest, **more):
        if job.cells[0].place.language == "zh":
            raise StageError("no")
        save(job, *rest, **more)

    save = vector_search.save
    with monkeypatch.context() as patched:
        patched.setattr(vector_search, "save", failing)
        run(tasks=["toy-pairs"])
    assert kept(store) == ["vectors"]
    count = log().count("embed")
    again = run(tasks=["toy-pairs"])
    assert {cell["status"] for cell in again["cells"]} == {"ok"}
    assert log().count("embed") == count
    assert kept(store) == []


def test_the_disk_use_of_a_plan_has_vectors_in_its_peak_only(registry, model, store):
    plans = [planned(registry, model, tasks=SEARCHES, keep_checkpoints=keep) for keep in (False, True)]
    (kept, most), (kept_all, most_all) = (disk(plan, prices(plan, registry, store)) for plan in plans)
    assert kept < kept_all == most_all == most
