"""Workers perform a saved plan; a run is then served from the store with the results of a local run."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from tests.store.programs import names
from xharness import api
from xharness.errors import StoreError
from xharness.run import working_off
from xharness.run.working_off import work_off
from xharness.scale import plan_file
from xharness.scale.shared import Outcome, Shared
from xharness.scale.status import status
from xharness.specs.works import Ended, Failed
from xharness.store.writing import this_machine


def cells(folder):
    found = json.loads((folder / "results.json").read_text("utf-8"))["cells"]
    return [{name: value for name, value in cell.items() if name != "timing"} for cell in found]


def test_a_run_after_the_workers_has_the_results_of_a_local_run(request_, registry, saved, store, tmp_path, capsys):
    said = []
    assert work_off(saved, store, said.append) == len(saved.works) == 5
    assert said[0].endswith("(1 of 5)")
    display = api.progress()
    api.run(request_, registry=registry, out=tmp_path / "served", store=store.root, display=display)
    assert capsys.readouterr().err == "9 cells, 9 of them cached\n"
    api.run(request_, registry=registry, out=tmp_path / "local", store=tmp_path / "other")
    assert cells(tmp_path / "served") == cells(tmp_path / "local")
    files = {path.relative_to(tmp_path / "local") for path in (tmp_path / "local").rglob("*.jsonl")}
    assert files
    assert all((tmp_path / "served" / name).read_bytes() == (tmp_path / "local" / name).read_bytes() for name in files)
    assert names(store.root / "tmp") == names(saved.leases.folder) == []
    assert not list(store.root.glob("scratch/*/*/*"))
    assert not list(store.root.glob("objects/finetune/*/*/checkpoint"))  # deleted after use


def test_the_longest_work_that_is_ready_comes_first(saved):
    works = [replace(work, seconds=2.0**number) for number, work in enumerate(saved.plan.works)]
    shared = Shared(plan_file.PlanFile(saved.plan.folder, tuple(works)))
    ready = [work for work in works if not any(need in shared.works for need in work.needs)]
    assert len(ready) < len(works)
    work, lease = shared.take()
    assert work == max(ready, key=lambda each: each.seconds)
    second, other = Shared(shared.plan).take()
    assert second != work
    for each in (lease, other):
        each.release()


def test_works_that_take_about_as_long_keep_the_order_of_the_plan(saved):
    works = [replace(work, needs=(), seconds=100.0 + number) for number, work in enumerate(saved.plan.works)]
    assert Shared(plan_file.PlanFile(saved.plan.folder, tuple(works))).queue == works


def test_a_look_soon_after_another_reads_nothing(saved):
    first, lease = saved.take()
    other = Shared(saved.plan)
    other.glance()
    saved.finish(first, Outcome(ok=True, reason=None))
    lease.release()
    other.glance()
    assert first.key not in other.outcomes
    taken = other.take()
    assert taken is None or taken[0] != first, "a work that is over is not taken, even if its outcome was not seen"
    assert first.key in other.outcomes
    if taken:
        taken[1].release()


def test_a_work_that_kills_its_workers_is_given_up(saved):
    work, lease = saved.take()
    lease.release()
    count = 0
    [path] = [saved.leases.folder / f"{name}.lease" for name, key in saved._key_of.items() if key == work.key]
    gone = {"host": "h", "pid": 2**22 + 1, "machine": this_machine(), "since": "", "about": {}, "beat": "0"}
    while work.key not in saved.outcomes:
        path.write_text(json.dumps({**gone, "token": f"t{count}"}))
        _, lease = Shared(saved.plan).take()
        lease.release()
        saved.look()
        count += 1
    assert count == 5
    [failed] = [each for each in status(saved)["failed"] if each["work"] == work.title]
    assert failed["reason"] == "5 workers were killed while they performed it (out of memory?)"


def test_failures_are_recorded_with_their_reason_and_can_be_retried(saved, store, monkeypatch):
    real = working_off.perform

    def perform(work, emit, root):
        if "finetune" not in work.title:
            return real(work, emit, root)
        emit(work.key, Failed("no luck"))
        emit(work.key, Ended(1.0, 0))
        return False

    monkeypatch.setattr(working_off, "perform", perform)
    work_off(saved, store, str)
    found = status(Shared(saved.plan))
    assert (found["done"], len(found["failed"]), found["waiting"]) == (3, 2, 0)
    assert {each["reason"] for each in found["failed"]} == {"no luck"}
    monkeypatch.setattr(working_off, "perform", real)
    again = Shared(saved.plan)
    again.reopen(again.failed())
    assert work_off(again, store, str) == 2
    assert status(Shared(saved.plan))["done"] == 5


def test_an_error_of_the_store_ends_the_worker_and_frees_its_work(saved, store, monkeypatch):
    def perform(work, emit, root):
        raise StoreError("cannot save it: No space left on device")

    monkeypatch.setattr(working_off, "perform", perform)
    with pytest.raises(StoreError):
        work_off(saved, store, str)
    assert names(saved.leases.folder) == []
    assert status(Shared(saved.plan))["waiting"] == 5


def test_a_work_that_was_finished_meanwhile_is_not_done_again(saved, store):
    late = Shared(saved.plan)
    work_off(saved, store, str)
    assert not late.outcomes
    assert late.take() is None
    assert late.over


def test_running_works_name_their_worker(saved):
    work, held = saved.take()
    [running] = status(Shared(saved.plan))["running"]
    assert running["work"] == work.title
    assert running["pid"] == os.getpid()
    held.release()
    assert status(Shared(saved.plan))["running"] == []
