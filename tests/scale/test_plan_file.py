"""Plan files: written once, complete or refused, and read fast at 100,000 cells."""

from __future__ import annotations

import time

import pytest

from xharness import api
from xharness.errors import BadRequest, StoreError
from xharness.run.pending_works import pending_works
from xharness.run.working_off import work_off
from xharness.scale import plan_file
from xharness.scale.saving import save
from xharness.specs.works import Work

WORKS = [
    Work(key=f"{n:032x}", needs=(f"{n - 1:032x}",), title=f"work {n}", plan="{}", jobs=(f"{n:032x}",), seconds=1.5)
    for n in range(3)
]


def test_works_come_back(tmp_path):
    written = plan_file.write(tmp_path / "plans" / "a", WORKS)
    assert plan_file.read(written.folder) == written
    assert written.works == tuple(WORKS)
    assert plan_file.names(tmp_path) == ["a"]


def test_a_name_stands_for_one_plan(tmp_path):
    folder = tmp_path / "plans" / "a"
    plan_file.write(folder, WORKS)
    plan_file.write(folder, WORKS)
    with pytest.raises(BadRequest, match=r"plan 'a' exists with other works: .*; choose another name"):
        plan_file.write(folder, WORKS[:2])
    assert len(plan_file.read(folder).works) == 3


def test_an_incomplete_file_is_refused(tmp_path):
    path = plan_file.write(tmp_path / "plans" / "a", WORKS).folder / plan_file.FILE
    whole = path.read_bytes()
    for end in range(0, len(whole) - 2, 7):
        path.write_bytes(whole[:end])
        with pytest.raises(StoreError, match=r"not a complete plan file; delete .* and save the plan again"):
            plan_file.read(path.parent)


def test_unknown_and_impossible_names_are_refused(tmp_path):
    plan_file.write(tmp_path / "plans" / "a", WORKS)
    with pytest.raises(BadRequest, match=r"no plan 'b' in .*; plans there: a"):
        plan_file.read(plan_file.folder_of(tmp_path, "b"))
    for name in ("", "../a", ".hidden", "a b"):
        with pytest.raises(BadRequest, match="use letters, digits"):
            plan_file.folder_of(tmp_path, name)


def test_100_000_cells_are_read_in_time(tmp_path):
    plans = ["{" + " " * 1_000_000 + "}"] * 10
    works = [
        Work(key=f"{n:032x}:{{}}", needs=(f"{n:032x}",), title=f"predict {n}", plan=plans[n % 10], jobs=jobs(n))
        for n in range(20_000)
    ]
    folder = plan_file.write(tmp_path / "plans" / "a", works).folder
    began = time.process_time()
    assert len(plan_file.read(folder).works) == 20_000
    assert time.process_time() - began < 2


def jobs(n: int) -> tuple[str, ...]:
    return tuple(f"{5 * n + number:032x}" for number in range(5))


def test_saving_again_takes_what_is_unfinished(request_, registry, store, saved):
    plan = api.plan(request_, registry)
    work_off(saved, store, str)
    assert pending_works([plan], registry, store) == []
    for path in store.root.glob("objects/score/*/*/score.json"):
        path.unlink()
    works = pending_works([plan], registry, store)
    again = save(store.root, works, "toy")
    assert again.plan.folder == saved.plan.folder
    assert len(again.works) - len(again.outcomes) == len(works) == 3
    assert work_off(again, store, str) == 3
    assert pending_works([plan], registry, store) == []
