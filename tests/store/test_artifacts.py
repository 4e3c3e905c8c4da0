"""Artifacts are whole or absent, and come back as they were saved."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.made import KEY, leftovers, make
from xharness.errors import StageError, StoreError
from xharness.store.artifacts import Store


def test_a_listed_store_knows_what_it_had_and_what_it_makes(store):
    other, third = KEY[::-1], KEY[1:] + KEY[:1]
    make(store)
    with store.listed():
        for has in (store.has, store.is_local, store.sound):
            assert (has("predict", KEY), has("predict", other)) == (True, False)
        make(Store(store.root), other)  # as another process does
        assert not store.has("predict", other)
        with pytest.raises(StoreError, match="has no predict"):
            store.about("predict", other)
        make(store, third)
        assert store.has("predict", third)
        make(store, other, text="again")
        assert store.has("predict", other)
    assert (store.path("predict", other) / "a.txt").read_text() == "content"
    assert not (store.root / "corrupt").exists()


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
