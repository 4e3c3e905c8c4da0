"""What a store holds is listed, and freed but for what a process works with."""

from __future__ import annotations

import os
import time

import pytest

from tests.store.programs import finish, kill_when_ready, names, start
from xharness.store.artifacts import Store
from xharness.store.listing import entries
from xharness.store.pruning import drop, drop_vectors, dropped, prune, vectors_for

DAY = 86_400
KEYS = {kind: f"{number}" * 32 for number, kind in enumerate(("finetune", "predict", "score"))}
USING = """
store = Store(Path(sys.argv[1]))
with store.using([sys.argv[2]]):
    print("ready", flush=True)
    sys.stdin.readline()
"""
TRAINING = """
store = Store(Path(sys.argv[1]))
with store.lock("finetune", sys.argv[2]), store.creating("finetune", sys.argv[2], {}) as folder:
    (folder / "half").write_text("123")
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def store(tmp_path):
    """Return a store with a checkpoint, predictions and their score, vectors, and partial work on the checkpoint."""
    store = Store(tmp_path / "store")
    abouts = {"predict": {"model": "m", "tasks": "xnli"}, "score": {"predictions": KEYS["predict"]}}
    for kind, key in KEYS.items():
        with store.creating(kind, key, abouts.get(kind, {})) as folder:
            (folder / "content").write_text(kind)
    (store.scratch("finetune", KEYS["finetune"]) / "training.pt").write_text("12345")
    (store.root / "vectors" / "v").mkdir(parents=True)
    (store.root / "vectors" / "v" / "a.keys").write_text("1")
    return store


def kinds(found):
    return [entry.kind for entry in found]


def test_everything_is_listed_with_its_size_and_last_use(store):
    began = time.time()
    found = {entry.kind: entry for entry in entries(store.root)}
    assert set(found) == {"finetune", "predict", "score", "scratch", "vectors"}
    assert (found["scratch"].bytes, found["vectors"].bytes) == (5, 1)
    assert found["predict"].bytes > len("predict")  # with its manifest
    assert all(began - 60 < entry.used <= time.time() for entry in found.values())
    assert found["score"].about["tasks"] == "xnli"  # as what it scores


def test_without_a_choice_only_leftovers_go(store):
    done = prune(store.root)
    assert kinds(done.removed) == ["scratch"]
    assert all(store.has(kind, key) for kind, key in KEYS.items())
    assert kinds(entries(store.root)) == ["finetune", "predict", "score", "vectors"]
    assert names(store.root / "tmp") == []


def test_a_dry_run_says_the_same_and_changes_nothing(store):
    before = sorted(store.root.rglob("*"))
    said = prune(store.root, older_than=0, dry_run=True)
    assert sorted(store.root.rglob("*")) == before
    assert said == prune(store.root, older_than=0)
    assert entries(store.root) == []


def test_kinds_and_age_are_both_asked_for(store):
    old = store.path("predict", KEYS["predict"]) / "content"
    os.utime(old, (time.time() - 9 * DAY,) * 2)
    assert kinds(prune(store.root, {"score"}, 8).removed) == []
    assert kinds(prune(store.root, older_than=10).removed) == []
    assert kinds(prune(store.root, older_than=8).removed) == ["predict"]
    assert kinds(prune(store.root, {"vectors"}).removed) == ["vectors"]


def test_what_a_run_needs_is_left_until_it_dies(store):
    run = start(USING, store.root, KEYS["predict"])
    assert run.stdout.readline().strip() == "ready"
    done = prune(store.root, older_than=0)
    assert kinds(done.removed) == ["finetune", "scratch"]
    assert kinds(done.left) == ["predict", "score", "temporary", "vectors"]
    assert store.has("score", KEYS["score"])
    run.kill()
    run.communicate()
    assert kinds(prune(store.root, older_than=0).removed) == ["predict", "score", "temporary", "vectors"]


def test_partial_work_under_a_lock_is_left(store):
    training = start(TRAINING, store.root, KEYS["finetune"])
    assert training.stdout.readline().strip() == "ready"
    assert kinds(prune(store.root).left) == ["scratch", "temporary"]
    training.stdin.write("\n")
    finish(training)


def test_what_a_killed_process_left_goes(store):
    kill_when_ready(start(TRAINING, store.root, KEYS["finetune"]))
    assert kinds(prune(store.root).removed) == ["scratch", "temporary"]
    assert names(store.root / "tmp") == []


def test_temporary_folders_of_another_host_are_left(store):
    (store.root / "tmp" / "12-abc@elsewhere").mkdir()
    (store.root / "tmp" / "12-abc@elsewhere.lock").touch()
    assert kinds(prune(store.root, {"temporary"}).left) == ["temporary"]


def test_what_is_dropped_counts_as_not_there_and_the_rest_can_be_read(store):
    with store.creating("finetune", "9" * 32, {"tasks": "xnli"}) as folder:
        (folder / "checkpoint").mkdir()
        (folder / "checkpoint" / "weights").write_text("heavy")
        (folder / "report.json").write_text("{}")
    assert drop(store, "finetune", "9" * 32, "checkpoint")
    assert not store.has("finetune", "9" * 32)
    assert names(store.path("finetune", "9" * 32)) == ["artifact.json", "report.json"]
    assert (dropped(store, "finetune", "9" * 32), dropped(store, "finetune", KEYS["finetune"])) == (True, False)
    assert not drop(store, "finetune", "9" * 32, "checkpoint")
    with store.creating("finetune", "9" * 32, {}) as folder:
        (folder / "checkpoint").mkdir()
        (folder / "checkpoint" / "weights").write_text("anew")
    assert store.has("finetune", "9" * 32)
    assert not dropped(store, "finetune", "9" * 32)


def test_what_another_process_uses_is_not_dropped(store):
    run = start(USING, store.root, KEYS["finetune"])
    assert run.stdout.readline().strip() == "ready"
    with store.using(KEYS.values()) as mark:
        assert not drop(store, "finetune", KEYS["finetune"], "content", mark)
        run.stdin.write("\n")
        finish(run)
        assert not drop(store, "finetune", KEYS["finetune"], "content")
        assert drop(store, "finetune", KEYS["finetune"], "content", mark)


def test_vectors_are_dropped_once_their_predictions_are_stored_and_no_other_process_needs_them(store):
    names = {"read": [KEYS["predict"]], "half": [KEYS["predict"], "7" * 32], "kept": [KEYS["predict"]]}
    for name, keys in names.items():
        vectors_for(store, name, keys, keep=name == "kept")

    def left():
        return sorted(path.name for path in (store.root / "vectors").iterdir())

    with store.using(KEYS.values()) as mark:
        drop_vectors(store)
        assert left() == ["half", "kept", "read", "v"]
        drop_vectors(store, mark)
    assert left() == ["half", "kept", "v"]  # a store of an older version does not say who reads "v"
    with store.creating("predict", "7" * 32, {}):
        pass
    drop_vectors(store)
    assert left() == ["kept", "v"]
    assert store.has("finetune", KEYS["finetune"])
