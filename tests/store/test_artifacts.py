"""Artifacts are whole or absent, whatever happens to the processes that make them."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.programs import finish, kill_when_ready, mounted, names, start
from xharness.errors import StageError, StoreError
from xharness.store.artifacts import Store
from xharness.store.listing import entries
from xharness.store.pruning import drop

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def make(store, key=KEY, text="content", kind="predict"):
    with store.creating(kind, key, {"params": {"seed": 1}}) as folder:
        (folder / "sub").mkdir()
        (folder / "a.txt").write_text(text)
        (folder / "sub" / "b.txt").write_text(text * 2)


def leftovers(store):
    return names(store.root / "tmp")


def test_a_listed_store_knows_what_it_had(store):
    def make(key):
        with store.creating("predict", key, {}) as folder:
            (folder / "a.txt").write_text("content")

    make(KEY)
    other = KEY[::-1]
    with store.listed():
        for has in (store.has, store.is_local, store.sound):
            assert (has("predict", KEY), has("predict", other)) == (True, False)
        make(other)
        assert not store.has("predict", other)
        with pytest.raises(StoreError, match="has no predict"):
            store.about("predict", other)
    assert store.has("predict", other)


def test_an_artifact_is_there_when_it_is_whole(store):
    path = store.path("predict", KEY)
    assert path == store.root / "objects" / "predict" / "01" / KEY
    assert not store.has("predict", KEY)
    with store.creating("predict", KEY, {"params": {"seed": 1}}) as folder:
        (folder / "a.txt").write_text("content")
        assert not store.has("predict", KEY)
        assert not path.exists()
    assert store.has("predict", KEY)
    assert not store.has("score", KEY)
    assert (path / "a.txt").read_text() == "content"
    about = store.about("predict", KEY)
    assert about.pop("created").endswith("+00:00")
    assert len(about.pop("checksum")) == 64
    assert about.pop("sha256") == {"a.txt": hashlib.sha256(b"content").hexdigest()}
    assert about == {"kind": "predict", "key": KEY, "about": {"params": {"seed": 1}}, "files": {"a.txt": 7}}
    assert leftovers(store) == []


def test_another_opening_sees_it(store):
    make(store)
    assert Store(store.root).about("predict", KEY)["files"] == {"a.txt": 7, "sub/b.txt": 14}
    assert Store(store.root).has("predict", KEY)


@pytest.mark.parametrize(
    "error", [StageError("no"), ValueError("no"), FileNotFoundError(2, "no", "/data/x"), KeyboardInterrupt()]
)
def test_an_error_in_the_block_passes_and_leaves_nothing(store, error):
    with pytest.raises(type(error)) as caught, store.creating("predict", KEY, {}) as folder:
        (folder / "a.txt").write_text("content")
        raise error
    assert caught.value is error
    assert not store.has("predict", KEY)
    assert leftovers(store) == []


def test_the_first_of_two_stays(store):
    with store.creating("predict", KEY, {}) as folder:
        (folder / "a.txt").write_text("second")
        make(store, text="first")
    assert (store.path("predict", KEY) / "a.txt").read_text() == "first"
    assert leftovers(store) == []


def damage_manifest(path):
    (path / "artifact.json").unlink()


def damage_half_manifest(path):
    text = (path / "artifact.json").read_text()
    (path / "artifact.json").write_text(text[: len(text) // 2])


def damage_other_json(path):
    (path / "artifact.json").write_text("[]")


def damage_file(path):
    (path / "sub" / "b.txt").write_text("x")


def damage_missing_file(path):
    (path / "a.txt").unlink()


@pytest.mark.parametrize(
    "damage", [damage_manifest, damage_half_manifest, damage_other_json, damage_file, damage_missing_file]
)
def test_a_damaged_artifact_is_not_read_and_is_replaced(store, damage):
    make(store, text="old")
    damage(store.path("predict", KEY))
    assert not store.has("predict", KEY)
    make(store, text="new")
    assert store.has("predict", KEY)
    assert (store.path("predict", KEY) / "sub" / "b.txt").read_text() == "newnew"
    assert leftovers(store) == []


def test_about_says_why_a_manifest_cannot_be_read(store):
    with pytest.raises(StoreError, match=r"cannot read .*artifact\.json: .*; run again"):
        store.about("predict", KEY)


@settings(max_examples=25, deadline=None)
@given(
    files=st.dictionaries(
        st.lists(st.sampled_from(["a", "b", "ü", "日本", "x.y"]), min_size=1, max_size=3).map(
            lambda parts: "/".join([*(f"{part}.d" for part in parts[:-1]), parts[-1]])
        ),
        st.binary(max_size=50),
        max_size=5,
    )
)
def test_any_tree_of_files_comes_back(tmp_path_factory, files):
    store = Store(tmp_path_factory.mktemp("store"))
    with store.creating("predict", KEY, {}) as folder:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    assert store.has("predict", KEY)
    path = store.path("predict", KEY)
    assert {name: (path / name).read_bytes() for name in store.about("predict", KEY)["files"]} == files


def test_scratch_outlives_failures_and_goes_with_the_artifact(store):
    (store.scratch("predict", KEY) / "step-1").write_text("half")
    with pytest.raises(StageError), store.creating("predict", KEY, {}):
        raise StageError("no")
    assert (Store(store.root).scratch("predict", KEY) / "step-1").read_text() == "half"
    other = store.scratch("finetune", KEY)
    make(store)
    assert not (store.root / "scratch" / "predict" / KEY[:2] / KEY).exists()
    assert other.exists()


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


FULL = """
from xharness.errors import StoreError
root = Path(sys.argv[1])
try:
    store = Store(root)
    with store.creating("predict", "0" * 32, {}) as folder:
        if sys.argv[2] == "python":
            (folder / "a.bin").write_bytes(b"x" * 3_000_000)
        elif sys.argv[2] == "numpy":
            import numpy as np
            np.save(folder / "a.npy", np.zeros(1_000_000))
        elif sys.argv[2] == "torch":
            import torch
            torch.save(torch.zeros(1_000_000), folder / "a.pt")
        else:
            from safetensors.numpy import save_file
            import numpy as np
            save_file({"x": np.zeros(1_000_000)}, folder / "a.safetensors")
except StoreError as error:
    print(error)
    print(store.has("predict", "0" * 32), os.listdir(root / "tmp"))
"""
FULL_PATH = "objects/predict/00/" + "0" * 32


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))


@pytest.mark.parametrize("writer", ["python", "safetensors"])
def test_a_limit_on_file_sizes_is_reported(store, writer):
    told = finish(start(FULL, store.root, writer, preexec=limited))
    assert told.startswith(f"cannot save {store.root / FULL_PATH}: File too large; ")
    assert told.endswith("then run again\nFalse []")


@pytest.mark.parametrize("writer", ["python", "numpy", "safetensors", "torch"])
def test_a_full_disk_is_reported_whoever_writes(tmp_path, writer):
    told = finish(start(FULL, tmp_path, writer, prefix=mounted(tmp_path, "size=1m")))
    assert told.startswith(f"cannot save {tmp_path / FULL_PATH}: No space left on device; free disk space")
    assert told.endswith("\nFalse []")


OPEN = """
from xharness.errors import StoreError
try:
    Store(Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


def test_a_read_only_folder_is_reported_on_opening(tmp_path):
    told = finish(start(OPEN, tmp_path / "store", prefix=mounted(tmp_path, "ro")))
    assert told == (f"cannot save {tmp_path / 'store'}: Read-only file system; use a writable folder, then run again")


def test_a_store_that_became_read_only_is_reported_on_opening(tmp_path):
    remount = (
        'mkdir -p store/tmp store/locks store/objects; touch store/objects/x; mount -o remount,ro "$PWD"; exec "$@"'
    )
    prefix = (*mounted(tmp_path, "size=1m"), "sh", "-c", f'cd "{tmp_path}"; {remount}', "sh")
    assert "cannot save" in finish(start(OPEN, tmp_path / "store", prefix=prefix))


def test_a_file_where_the_folder_should_be_is_reported(tmp_path):
    (tmp_path / "store").touch()
    with pytest.raises(StoreError, match=r"cannot save .*store: .*; use a folder"):
        Store(tmp_path / "store")


def test_opening_a_store_imports_nothing_heavy():
    code = "print(any(name in sys.modules for name in ('numpy', 'torch', 'filelock')))"
    assert finish(start(code)) == "False"
