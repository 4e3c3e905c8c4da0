"""A corrupt artifact is reported, set aside and made again."""

from __future__ import annotations

import json

import pytest

from tests.store.made import KEY
from tests.store.programs import names
from xharness.store.artifacts import Store
from xharness.store.listing import entries
from xharness.store.pruning import drop, prune


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    make(store)
    return store


def make(store):
    with store.creating("predict", KEY, {"origin": "here", "rows": {9: 1, 10: 2}}) as folder:
        (folder / "a.txt").write_text("content")
        (folder / "part").mkdir()
        (folder / "part" / "b.txt").write_text("more")


def found(store):
    said, again = [], Store(store.root)
    again.report = said.append
    return again.sound("predict", KEY), said


def test_a_whole_artifact_is_sound(store):
    assert found(store) == (True, [])
    assert Store(store.root).sound("predict", "f" * 32) is False


def changed(path):
    (path / "a.txt").write_text("CONTENT")  # the same size


def shorter(path):
    (path / "a.txt").write_text("c")


def missing(path):
    (path / "part" / "b.txt").unlink()


def changed_manifest(path):
    manifest = path / "artifact.json"
    manifest.write_text(manifest.read_text().replace('"origin": "here"', '"origin": "hare"'))


def without_manifest(path):
    (path / "artifact.json").unlink()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (changed, "a.txt has another checksum than in its manifest"),
        (shorter, "a.txt has size 1 instead of 7"),
        (missing, "part/b.txt is missing"),
        (changed_manifest, "its manifest has another checksum than it should"),
        (without_manifest, "its manifest cannot be read"),
    ],
)
def test_a_corrupt_one_is_reported_and_set_aside(store, damage, what):
    damage(store.path("predict", KEY))
    sound, [said] = found(store)
    [aside] = (store.root / "corrupt").iterdir()
    assert not sound
    assert said == f"predict 01234567 in the store is corrupt: {what}; moved to {aside}; it is made again"
    assert not store.path("predict", KEY).exists()
    make(store)
    assert found(store) == (True, [])
    assert [entry.kind for entry in entries(store.root)] == ["corrupt", "predict"]
    assert [entry.kind for entry in prune(store.root, {"corrupt"}).removed] == ["corrupt"]


def test_an_artifact_of_an_older_version_has_no_checksums(store):
    manifest = store.path("predict", KEY) / "artifact.json"
    content = json.loads(manifest.read_text())
    del content["sha256"], content["checksum"]
    manifest.write_text(json.dumps(content))
    assert found(store) == (True, [])


def test_a_dropped_checkpoint_is_not_corrupt(store):
    assert drop(store, "predict", KEY, "part")
    assert found(store) == (False, [])
    make(store)
    assert found(store) == (True, [])
    assert not (store.root / "corrupt").exists() or names(store.root / "corrupt") == []
