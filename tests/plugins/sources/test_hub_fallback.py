"""Where a split is looked for in turn: in the repository, in what the hub has converted of it, in its mirrors."""

from __future__ import annotations

import pytest

from tests.plugins.sources.repos import TEXT, cached, card, class_label, parquet, repository
from xharness import Classification, DataError, DataOptions, hub
from xharness_plugins.sources import hub_fallback
from xharness_plugins.sources import repository as repositories
from xharness_plugins.sources.hub import HUB
from xharness_tasks.cosmosqa import COSMOSQA

COLUMNS = {"text": TEXT, "label": class_label("no", "yes")}
ROWS = [{"text": "maji", "label": 1}, {"text": "moto", "label": 0}]
PLAIN = [{"text": "maji", "label": "yes"}, {"text": "moto", "label": "no"}]
MAIN, CONVERTED, MIRROR = "a" * 40, "b" * 40, "c" * 40
SPLITS = {"test": "test"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Return the folder where huggingface_hub keeps what it has fetched; nothing can be fetched."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(repositories, "_failure", [])
    for each in (hub_fallback.newest, hub_fallback._seen):
        each.cache_clear()
    yield tmp_path / "hub"
    for each in (hub_fallback.newest, hub_fallback._seen):
        each.cache_clear()


def task(**more):
    declared = hub("me/mine", config="swahili", splits=SPLITS, **more)
    return Classification(name="mine", languages=("sw",), labels=("yes", "no"), data=declared)


def found(declared, root=None):
    """Return the texts of the test split, and its fingerprint."""
    options = DataOptions(root=root)
    return HUB.load(declared, "sw", "test", options)["text"][:], HUB.fingerprint(declared, "sw", "test", options)


def converted(cache, config):
    """Write what the hub converts: a branch without a card, a folder a config."""
    folder = cached(cache, "me/mine", CONVERTED)
    refs = folder.parent.parent / "refs"
    (refs / "refs" / "convert").mkdir(parents=True)
    (refs / "refs" / "convert" / "parquet").write_text(CONVERTED, encoding="utf-8")
    (refs / "main").unlink()
    parquet(folder / config / "test" / "0000.parquet", PLAIN)
    parquet(folder / "other" / "test" / "0000.parquet", [{"text": "nyingine", "label": "no"}])


def scripted(cache):
    """Write a repository as it was before scripts were given up."""
    folder = cached(cache, "me/mine", MAIN)
    card(folder, {"license": "unknown"})
    (folder / "mine.py").write_text("raise SystemExit", encoding="utf-8")


def test_the_repository_itself_is_the_first(cache):
    repository(cached(cache, "me/mine", MAIN), {"swahili": {"test": ROWS}}, COLUMNS)
    texts, name = found(task(mirrors=(hub("you/copy", splits=SPLITS),), rows={"test": 2}))
    assert texts == ["maji", "moto"]
    assert name.startswith(f"hub:me/mine@{MAIN}:swahili:test:mine:sw:test:")
    assert "mirror" not in name


@pytest.mark.parametrize("config", ["swahili", "default"])
def test_what_the_hub_converted_is_the_second_with_its_config_by_either_name(cache, config):
    scripted(cache)
    converted(cache, config)
    (cache / "datasets--me--mine" / "refs" / "main").write_text(MAIN, encoding="utf-8")
    texts, name = found(task())
    assert texts == ["maji", "moto"]
    assert name.startswith(f"hub:me/mine@{CONVERTED}:swahili:test:")
    assert name.endswith(":refs/convert/parquet")


def test_a_script_alone_is_reported(cache):
    scripted(cache)
    with pytest.raises(DataError, match=r"me/mine swahili test: the repository needs its script mine\.py"):
        found(task())


def test_a_script_beside_files_that_the_card_names_does_not_matter(cache):
    folder = repository(cached(cache, "me/mine", MAIN), {"swahili": {"test": ROWS}}, COLUMNS)
    (folder / "mine.py").write_text("raise SystemExit", encoding="utf-8")
    assert found(task())[0] == ["maji", "moto"]


def test_a_mirror_with_as_many_rows_is_the_third(cache):
    scripted(cache)
    repository(cached(cache, "you/copy", MIRROR), {"default": {"test": ROWS}}, COLUMNS)
    mirrors = (hub("he/lost", splits=SPLITS), hub("you/copy", splits=SPLITS))
    texts, name = found(task(mirrors=mirrors, rows={"test": 2}))
    assert texts == ["maji", "moto"]
    assert name.startswith(f"hub:you/copy@{MIRROR}::test:")
    assert name.endswith(":mirror of me/mine")


def test_a_mirror_is_asked_for_a_pinned_commit_too(cache):
    repository(cached(cache, "you/copy", MIRROR), {"default": {"test": ROWS}}, COLUMNS)
    mirrors = (hub("you/copy", splits=SPLITS),)
    assert found(task(revision=MAIN, mirrors=mirrors, rows={"test": 2}))[0] == ["maji", "moto"]


def test_a_mirror_without_a_number_of_rows_to_check_is_not_asked(cache):
    repository(cached(cache, "you/copy", MIRROR), {"default": {"test": ROWS}}, COLUMNS)
    with pytest.raises(DataError, match="me/mine: the dataset is not in the cache"):
        found(task(mirrors=(hub("you/copy", splits=SPLITS),)))


def test_a_mirror_with_other_rows_is_refused(cache):
    repository(cached(cache, "you/copy", MIRROR), {"default": {"test": ROWS}}, COLUMNS)
    mirrors = (hub("you/copy", splits=SPLITS),)
    with pytest.raises(DataError, match="not a valid mirror of me/mine: it has 2 rows, expected 3"):
        found(task(mirrors=mirrors, rows={"test": 3}))
    with pytest.raises(DataError, match="not a valid mirror of me/mine: its rows differ"):
        found(task(mirrors=mirrors, rows={"test": 2}, digests={"test": "0" * 32}))


def test_the_digest_is_that_of_the_rows_in_any_order(cache):
    folder = cached(cache, "you/copy", MIRROR)
    mirrors = (hub("you/copy", splits=SPLITS),)

    def digest(rows):
        repository(folder, {"default": {"test": rows}}, COLUMNS)
        with pytest.raises(DataError) as raised:
            found(task(mirrors=mirrors, rows={"test": len(rows)}, digests={"test": "0" * 32}))
        return str(raised.value).split("(digest ")[1][:32]

    right = digest(ROWS)
    assert digest(ROWS[::-1]) == right
    assert digest([ROWS[0], ROWS[0]]) != right
    assert digest([{"text": "maji", "label": 0}, {"text": "moto", "label": 1}]) != right
    repository(folder, {"default": {"test": ROWS[::-1]}}, COLUMNS)
    assert found(task(mirrors=mirrors, rows={"test": 2}, digests={"test": right}))[0] == ["moto", "maji"]


def test_a_folder_of_copies_may_hold_the_mirror(tmp_path):
    repository(tmp_path / "copies" / "you" / "copy", {"default": {"test": ROWS}}, COLUMNS)
    texts, name = found(task(mirrors=(hub("you/copy", splits=SPLITS),), rows={"test": 2}), tmp_path / "copies")
    assert texts == ["maji", "moto"]
    assert name.endswith(":mirror of me/mine")
    with pytest.raises(DataError, match="me/mine: no folder"):
        found(task(), tmp_path / "copies")


def test_cosmos_qa_names_a_mirror_and_takes_it_only_whole(tmp_path):
    row = {"id": "1", "context": "c", "question": "q", **{f"answer{n}": str(n) for n in range(4)}, "label": 2}
    columns = {name: {"dtype": "int64"} if name == "label" else TEXT for name in row}
    repository(tmp_path / "Samsoup" / "cosmos_qa", {"default": {"train": [row], "validation": [row]}}, columns)
    with pytest.raises(DataError, match="not a valid mirror of allenai/cosmos_qa: it has 1 row, expected 2,985"):
        HUB.load(COSMOSQA, "en", "dev", DataOptions(root=tmp_path))
    repository(tmp_path / "Samsoup" / "cosmos_qa", {"default": {"validation": [row] * 2985}}, columns)
    data = HUB.load(COSMOSQA, "en", "dev", DataOptions(root=tmp_path))
    assert (len(data), data[0]["label"], data[0]["context"]) == (2985, 2, "c q")
