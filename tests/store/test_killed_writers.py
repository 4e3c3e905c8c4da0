"""Artifacts are whole or absent, whatever happens to the processes that make them."""

from __future__ import annotations

import os
import random
import threading
import time

import pytest

from tests.store.made import KEY, leftovers, make
from tests.store.programs import finish, kill_when_ready, start
from xharness.store.artifacts import Store
from xharness.store.listing import entries
from xharness.store.pruning import drop

HALF = """
store = Store(Path(sys.argv[1]))
with store.creating("predict", sys.argv[2], {}) as folder:
    (folder / "a.txt").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_leaves_nothing_to_be_read_and_its_folder_is_removed(store):
    kill_when_ready(start(HALF, store.root, KEY))
    assert not store.has("predict", KEY)
    assert len(leftovers(store)) == 2  # the folder and its lock file
    Store(store.root)
    assert leftovers(store) == []
    make(store)
    assert store.has("predict", KEY)


def test_the_folder_of_a_living_process_is_left_alone(store):
    process = start(HALF, store.root, KEY)
    assert process.stdout.readline() == "ready\n"
    assert len(leftovers(Store(store.root))) == 2
    finish(process)
    assert store.has("predict", KEY)
    assert leftovers(store) == []


def test_the_folders_of_other_hosts_are_left_alone(store):
    (store.root / "tmp" / "12-abc@elsewhere").mkdir()
    (store.root / "tmp" / "12-abc@elsewhere.lock").touch()
    assert len(leftovers(Store(store.root))) == 2


MANY = """
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(100_000):
    key = f"{number:032x}"
    if not store.has("predict", key):
        with store.creating("predict", key, {"number": number}) as folder:
            for part in range(3):
                (folder / f"{part}.txt").write_text(str(number) * 1000)
"""


def test_a_kill_at_any_moment_leaves_whole_artifacts_only(store):
    """Kill a process that makes artifacts one after the other, again and again, each time at another moment."""
    rng, keys, kills = random.Random(1), [], 0
    while kills < 6 or not keys:
        process = start(MANY, store.root)
        assert process.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.02, 0.15))
        process.kill()
        process.communicate()
        kills += 1
        keys = [path.name for path in (store.root / "objects").glob("predict/*/*")]
        assert all(store.has("predict", key) for key in keys)
    assert sorted(keys) == [f"{number:032x}" for number in range(len(keys))]
    Store(store.root)
    assert leftovers(store) == []


@pytest.mark.parametrize("moment", ["fsync", "rename"])
def test_a_kill_while_it_is_committed_leaves_whole_or_nothing(store, moment):
    code = f"""
from pathlib import Path as place
store = Store(Path(sys.argv[1]))
def hang(*args):
    print("ready", flush=True)
    time.sleep(60)
with store.creating("predict", sys.argv[2], {{}}) as folder:
    (folder / "a.txt").write_text("content")
    setattr({"os" if moment == "fsync" else "place"}, "{moment}", hang)
"""
    kill_when_ready(start(code, store.root, KEY))
    assert not store.has("predict", KEY)
    make(store)
    assert store.has("predict", KEY)
    Store(store.root)
    assert leftovers(store) == []


def test_a_kill_before_partial_work_is_removed_leaves_it_to_the_next_opening(store):
    code = """
import shutil
store = Store(Path(sys.argv[1]))
def hang(*args, **options):
    print("ready", flush=True)
    time.sleep(60)
(store.scratch("predict", sys.argv[2]) / "part").write_text("half")
with store.creating("predict", sys.argv[2], {}) as folder:
    (folder / "a.txt").write_text("content")
    shutil.rmtree = hang
"""
    kill_when_ready(start(code, store.root, KEY))
    assert store.has("predict", KEY)
    left = store.root / "scratch" / "predict" / KEY[:2] / KEY
    assert (left / "part").exists()
    assert [entry.kind for entry in entries(store.root)].count("scratch") == 1
    Store(store.root)
    assert store.has("predict", KEY)
    assert not left.exists()


def test_partial_work_is_removed_after_its_artifact_was_dropped(store):
    make(store)
    left = store.scratch("predict", KEY)
    (left / "part").write_text("half")
    os.utime(left / "part", (time.time() - 60,) * 2)
    assert drop(store, "predict", KEY, "sub")
    Store(store.root)
    assert not left.exists()


def test_partial_work_that_may_be_resumed_is_kept(store):
    make(store)
    again, new = store.scratch("predict", KEY), store.scratch("finetune", KEY)
    for folder in (again, new):
        (folder / "part").write_text("half")
    os.utime(again / "part", (time.time() + 60,) * 2)  # the artifact is made again
    Store(store.root)
    assert (again / "part").exists()
    assert (new / "part").exists()


def test_partial_work_under_a_lock_is_kept(store):
    make(store)
    code = """
store = Store(Path(sys.argv[1]))
with store.lock("predict", sys.argv[2]):
    print("ready", flush=True)
    sys.stdin.read()
"""
    holder = start(code, store.root, KEY)
    assert holder.stdout.readline().strip() == "ready"
    left = store.scratch("predict", KEY)
    Store(store.root)
    assert left.exists()
    holder.kill()
    holder.communicate()
    Store(store.root)
    assert not left.exists()


RACE = """
store = Store(Path(sys.argv[1]))
who = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    with store.creating("predict", f"{number:032x}", {"who": who}) as folder:
        (folder / "who.txt").write_text(who * 100)
"""


@pytest.mark.parametrize("damaged", [False, True])
def test_processes_that_race_leave_one_whole_artifact_each(store, damaged):
    keys = [f"{number:032x}" for number in range(40)]
    if damaged:
        for key in keys:
            store.path("predict", key).mkdir(parents=True)
            (store.path("predict", key) / "who.txt").write_text("half")
    processes = [start(RACE, store.root, who) for who in "abc"]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        finish(process)
    for key in keys:
        assert store.has("predict", key)
        who = store.about("predict", key)["about"]["who"]
        assert (store.path("predict", key) / "who.txt").read_text() == who * 100
    assert leftovers(store) == []


ONCE = """
store = Store(Path(sys.argv[1]))
with store.lock("finetune", sys.argv[2]):
    if not store.has("finetune", sys.argv[2]):
        with store.creating("finetune", sys.argv[2], {}) as folder:
            with open(sys.argv[3], "a") as log:
                log.write("trained ")
            time.sleep(0.5)
"""


def test_two_processes_do_the_same_work_once(store, tmp_path):
    for process in [start(ONCE, store.root, KEY, tmp_path / "log") for _ in range(3)]:
        finish(process)
    assert (tmp_path / "log").read_text() == "trained "
    assert store.has("finetune", KEY)


HOLD = """
store = Store(Path(sys.argv[1]))
with store.lock("finetune", sys.argv[2]):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_waiting_is_reported_once_and_a_killed_holder_lets_go(store, monkeypatch):
    monkeypatch.setattr("xharness.store.artifacts._PATIENCE", 0.2)
    process = start(HOLD, store.root, KEY)
    assert process.stdout.readline() == "ready\n"
    told = []
    threading.Timer(1.2, process.kill).start()
    began = time.monotonic()
    with store.lock("finetune", KEY, told.append):
        waited = time.monotonic() - began
    assert waited > 0.3
    assert len(told) == 1
    assert told[0].startswith(f"waiting for another process that creates the same finetune {KEY[:8]} (lease: ")
    process.communicate()


def test_locks_of_other_artifacts_do_not_wait(store):
    with store.lock("finetune", KEY), store.lock("finetune", KEY[::-1]), store.lock("predict", KEY):
        pass
