"""What changes a fingerprint, where a repository comes from, and what is said when it cannot be had."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from tests.plugins.sources.repos import TEXT, cached, card, class_label, parquet, repository
from xharness import Classification, DataError, DataOptions, hub
from xharness_plugins.sources import hub_fallback
from xharness_plugins.sources import repository as repositories
from xharness_plugins.sources.hub import HUB

COLUMNS = {"text": TEXT, "label": class_label("no", "yes")}
ROWS = [{"text": "maji", "label": 1}, {"text": "moto", "label": 0}]
OLD, NEW = "a" * 40, "b" * 40


def task(**more) -> Classification:
    declared = hub("me/mine", config="{lang}", **more)
    return Classification(name="mine", languages=("sw", "yo"), labels=("yes", "no"), data=declared)


@pytest.fixture
def mirror(tmp_path):
    return repository(tmp_path / "me/mine", {"sw": {"train": ROWS, "test": ROWS}, "yo": {"test": ROWS}}, COLUMNS)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(repositories, "_failure", [])
    for each in (hub_fallback.newest, hub_fallback._seen):
        each.cache_clear()
    yield tmp_path / "hub"
    for each in (hub_fallback.newest, hub_fallback._seen):
        each.cache_clear()


def texts(declared: Classification, options: DataOptions) -> list[str]:
    return HUB.load(declared, "sw", "test", options)["text"][:]


def test_a_changed_mirror_is_read_anew_and_has_another_fingerprint(tmp_path, mirror):
    options = DataOptions(root=tmp_path)
    before = HUB.fingerprint(task(), "sw", "test", options), HUB.fingerprint(task(), "sw", "train", options)
    assert texts(task(), options) == ["maji", "moto"]
    file = mirror / "sw/test-00000-of-00001.parquet"
    stamp = file.stat().st_mtime_ns
    parquet(file, [{"text": "moja", "label": 1}, {"text": "mbili", "label": 0}])
    os.utime(file, ns=(stamp + 1, stamp + 1))
    assert texts(task(), options) == ["moja", "mbili"]
    after = HUB.fingerprint(task(), "sw", "test", options), HUB.fingerprint(task(), "sw", "train", options)
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_other_names_in_the_card_change_the_fingerprint(tmp_path, mirror):
    options = DataOptions(root=tmp_path)
    before = HUB.fingerprint(task(), "sw", "test", options)
    repository(mirror, {"sw": {"test": ROWS}}, {"text": TEXT, "label": class_label("yes", "no")})
    assert HUB.fingerprint(task(), "sw", "test", options) != before
    assert HUB.load(task(), "sw", "test", options)["label"][:] == ["no", "yes"]


def test_where_a_mirror_lies_does_not_change_the_fingerprint(tmp_path, mirror):
    before = HUB.fingerprint(task(), "sw", "test", DataOptions(root=tmp_path))
    moved = tmp_path / ".elsewhere/deep"
    moved.mkdir(parents=True)
    (tmp_path / "me").rename(moved / "me")
    assert HUB.fingerprint(task(), "sw", "test", DataOptions(root=moved)) == before
    assert texts(task(), DataOptions(root=moved)) == ["maji", "moto"]


def test_what_is_made_of_the_rows_is_part_of_the_fingerprint(tmp_path, mirror):
    options = DataOptions(root=tmp_path)
    other = task(columns={"text": "label", "label": "text"})
    assert HUB.fingerprint(other, "sw", "test", options) != HUB.fingerprint(task(), "sw", "test", options)


def test_a_mirror_may_hold_no_more_than_the_split_that_is_read(tmp_path, mirror):
    for file in ("sw/train-00000-of-00001.parquet", "yo/test-00000-of-00001.parquet"):
        (mirror / file).unlink()
    assert texts(task(), DataOptions(root=tmp_path)) == ["maji", "moto"]
    with pytest.raises(DataError, match=r"me/mine sw train: no file sw/train-\* in .*me/mine"):
        HUB.load(task(), "sw", "train", DataOptions(root=tmp_path))


def test_nothing_is_left_in_the_cache_of_datasets_and_nothing_on_the_terminal(tmp_path, mirror, monkeypatch, capfd):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    assert texts(task(), DataOptions(root=tmp_path)) == ["maji", "moto"]
    assert not (tmp_path / "datasets").exists()
    assert capfd.readouterr() == ("", "")


def test_missing_config_split_repository_and_field(tmp_path, mirror):
    options = DataOptions(root=tmp_path)
    with pytest.raises(DataError, match=r"me/mine ha test: the repository has no config 'ha'; available: sw, yo"):
        HUB.load(task(), "ha", "test", options)
    with pytest.raises(DataError, match=r"me/mine yo train: the repository has no such split; available: test"):
        HUB.fingerprint(task(), "yo", "train", options)
    with pytest.raises(DataError, match=r"me/none: no folder .*hf download me/none --repo-type dataset"):
        HUB.load(Classification(name="x", languages=("sw",), labels=("a",), data=hub("me/none")), "sw", "test", options)
    with pytest.raises(
        DataError, match=r"several configs and no default, so the task must name one; available: sw, yo"
    ):
        HUB.load(Classification(name="x", languages=("sw",), labels=("a",), data=hub("me/mine")), "sw", "test", options)
    with pytest.raises(DataError, match=r"pattern '\{code\}' is invalid for language 'sw'; allowed fields: \{lang\}"):
        wrong = Classification(name="x", languages=("sw",), labels=("a",), data=hub("me/mine", config="{code}"))
        HUB.load(wrong, "sw", "test", options)
    with pytest.raises(DataError, match=r"x: the task has no hub repository"):
        HUB.load(Classification(name="x", languages=("sw",), labels=("a",)), "sw", "test", options)


def test_rows_that_are_not_what_the_task_needs(tmp_path, mirror):
    options = DataOptions(root=tmp_path)
    with pytest.raises(DataError, match=r"me/mine sw test: no column words; the repository has text, label"):
        HUB.load(task(columns={"text": "words", "label": "label"}), "sw", "test", options)
    repository(mirror, {"sw": {"test": ROWS}}, {"text": TEXT, "label": class_label("no", "perhaps")})
    with pytest.raises(DataError, match=r"sw test: row 0 \(from 0\): unknown label 'perhaps', expected one of no, yes"):
        HUB.load(task(), "sw", "test", options)
    repository(mirror, {"sw": {"test": [{"text": None, "label": 0}]}}, COLUMNS)
    with pytest.raises(DataError, match=r"row 0 \(from 0\): no text"):
        HUB.load(task(), "sw", "test", options)

    def broken(rows, language):
        yield from (row["nothing"] for row in rows)

    with pytest.raises(DataError, match=r"me/mine sw test: the reader of 'mine' failed: KeyError: 'nothing'"):
        HUB.load(task(read=broken), "sw", "test", options)


def test_broken_files(tmp_path, mirror):
    options = DataOptions(root=tmp_path)
    (mirror / "sw/test-00000-of-00001.parquet").write_bytes(b"PAR1 no parquet PAR1")
    with pytest.raises(DataError, match=r"me/mine sw test: datasets cannot read it: \w+"):
        HUB.load(task(), "sw", "test", options)
    (mirror / "README.md").write_text("---\nconfigs: [{data_files: 1}]\n---\n", "utf-8")
    with pytest.raises(DataError, match=r"README\.md: cannot read the front matter"):
        HUB.load(task(), "sw", "test", options)


def test_a_config_whose_files_the_card_does_not_name(tmp_path):
    card(tmp_path / "me/mine", {"configs": [{"config_name": "sw", "data_dir": "data"}]})
    parquet(tmp_path / "me/mine/data/test.parquet", [{"text": "maji", "label": "yes"}])
    assert texts(task(), DataOptions(root=tmp_path)) == ["maji"]
    with pytest.raises(DataError, match=r"me/mine sw train: datasets cannot read it: ValueError: Bad split"):
        HUB.load(task(), "sw", "train", DataOptions(root=tmp_path))


def test_the_cache_serves_the_commit_that_the_fingerprint_names(cache):
    repository(cached(cache, "me/mine", OLD), {"sw": {"test": ROWS}}, COLUMNS)
    repository(cached(cache, "me/mine", NEW), {"sw": {"test": [{"text": "moja", "label": 1}]}}, COLUMNS)
    assert HUB.fingerprint(task(), "sw", "test", DataOptions()).startswith(f"hub:me/mine@{NEW}:sw:test:mine:")
    assert texts(task(), DataOptions()) == ["moja"]
    assert texts(task(revision=OLD), DataOptions()) == ["maji", "moto"]
    assert f"@{OLD}:" in HUB.fingerprint(task(revision=OLD), "sw", "test", DataOptions())
    assert HUB.fingerprint(task(revision="main"), "sw", "test", DataOptions()).startswith(f"hub:me/mine@{NEW}:")


def test_a_split_keeps_to_its_commit_for_the_whole_process(cache):
    repository(cached(cache, "me/mine", OLD), {"sw": {"test": ROWS}}, COLUMNS)
    assert f"@{OLD}:" in HUB.fingerprint(task(), "sw", "test", DataOptions())
    repository(cached(cache, "me/mine", NEW), {"sw": {"test": ROWS[:1]}}, COLUMNS)
    assert texts(task(), DataOptions()) == ["maji", "moto"]


def test_a_pinned_commit_needs_no_look_at_the_hub(cache):
    assert f"@{OLD}:" in HUB.fingerprint(task(revision=OLD), "sw", "test", DataOptions())
    assert not cache.exists()


def test_offline_and_not_in_the_cache(cache):
    with pytest.raises(DataError) as raised:
        HUB.fingerprint(task(), "sw", "test", DataOptions())
    assert str(raised.value) == (
        f"me/mine: the dataset is not in the cache {cache}, and HF_HUB_OFFLINE is set; unset it, or use copied "
        "repositories (--data DIR), official files (--source local --data DIR), or --source mini"
    )
    with pytest.raises(DataError, match=rf"me/mine@{OLD}: the dataset is not in the cache"):
        HUB.load(task(revision=OLD), "sw", "test", DataOptions())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("RevisionNotFoundError", r"me/mine@v9: the repository has no revision 'v9'; see"),
        ("RepositoryNotFoundError", r"me/mine@v9: the hub has no such dataset, or it is private; check the name"),
        ("GatedRepoError", r"me/mine@v9: the dataset is gated; accept its terms at \S+/datasets/me/mine, then log in"),
        ("DisabledRepoError", r"me/mine@v9: the hub has disabled this dataset; see \S+"),
    ],
)
def test_what_the_hub_answers(cache, monkeypatch, error, expected):
    import huggingface_hub
    import huggingface_hub.errors

    answer = SimpleNamespace(status_code=404, headers={}, request=None)

    def refuse(*_, **__):
        raise getattr(huggingface_hub.errors, error)("gone\nfor good", response=answer)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(DataError, match=expected) as raised:
        HUB.fingerprint(task(revision="v9"), "sw", "test", DataOptions())
    assert "\n" not in str(raised.value)


def test_an_unreachable_hub_is_not_asked_again_at_once(cache, monkeypatch):
    import huggingface_hub
    import huggingface_hub.errors

    asked = []

    class ConnectError(Exception):
        """Named as the error of the HTTP library."""

    def time_out(*_, local_files_only, **__):
        asked.append(local_files_only)
        cause = None if local_files_only else ConnectError("refused")
        raise huggingface_hub.errors.LocalEntryNotFoundError("the words of the library") from cause

    monkeypatch.setattr(huggingface_hub, "snapshot_download", time_out)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    for _ in range(3):
        with pytest.raises(DataError, match=r"and https://\S+ cannot be reached; go online, or use copied"):
            HUB.fingerprint(task(), "sw", "test", DataOptions())
    assert asked == [False, *[True] * 5]  # the branch that the hub converts is looked for in the cache too
    repositories._failure[:] = [(repositories._failure[0][0] - 61, "")]
    with pytest.raises(DataError, match="cannot be reached"):
        HUB.fingerprint(task(), "sw", "test", DataOptions())
    assert asked[6:] == [False, True]


def test_files_that_a_task_names_are_all_that_is_fetched(tmp_path, mirror, monkeypatch):
    import huggingface_hub

    fetched = []

    def fetch(id, *, allow_patterns, **_):
        fetched.append(allow_patterns)
        return str(mirror)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    parquet(mirror / "sw/test-00001-of-00002.parquet", [{"text": "mbili", "label": 1}])
    declared = task(revision=OLD, files="{lang}/test-00000-*.parquet")
    assert texts(declared, DataOptions()) == ["maji", "moto"]
    assert {name for patterns in fetched for name in patterns} == {"README.md", "sw/test-00000-*.parquet"}
    assert HUB.fingerprint(declared, "sw", "test", DataOptions()) != HUB.fingerprint(
        task(revision=OLD), "sw", "test", DataOptions()
    )
