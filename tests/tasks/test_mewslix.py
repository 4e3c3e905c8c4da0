"""mewslix: what it declares, and what it makes of its files and of the rows of the hub.

Texts, lengths and hyper-parameters: utils_mewslix.py and train_mewslix.sh of github.com/google-research/xtreme; sizes:
mewsli-x.md of github.com/google-research/google-research.
"""

from __future__ import annotations

import json

import pytest

import xharness_tasks
from xharness import KINDS, DataError, DataOptions, Train, Tuning
from xharness_plugins.sources.local import LOCAL
from xharness_plugins.sources.mini import MINI

TASKS = {task.name: task for task in xharness_tasks.TASKS}
MEWSLIX = TASKS["mewslix"]
SIZES = {
    "ar": 1501, "de": 1551, "en": 1490, "es": 1552, "fa": 458, "ja": 1519, "pl": 1562, "ro": 672, "ta": 1567,
    "tr": 1215, "uk": 1537,
}  # fmt: skip
SENTENCE = "Es regnet in Oslo."
PLACE = {"start": 13, "end": 17, "text": "Oslo"}
QUERY = "Oslo: Es regnet in { Oslo } ."
ENTITY = {"entity_id": "Q585", "description": "A city.", "sentence_spans": [{"start": 0, "end": 7}]}


def context(language):
    return {"text": SENTENCE, "language": language, "sentence_spans": [{"start": 0, "end": len(SENTENCE)}]}


def mention(entity=""):
    return {"example_id": "m", "entity_id": entity, "mention_span": PLACE}


def save(path, *objects):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each) + "\n" for each in objects), "utf-8")


def load(root, split, language="de"):
    return list(LOCAL.load(MEWSLIX, language, split, DataOptions(root=root)))


def test_the_task_is_declared_as_published():
    assert dict(MEWSLIX.sizes) == SIZES
    assert MEWSLIX.languages == tuple(SIZES)
    assert sum(SIZES.values()) == 14_624
    assert (MEWSLIX.pool, MEWSLIX.pool_size) == (("en",), 1_003_893)
    assert (MEWSLIX.query_length, MEWSLIX.candidate_length) == (64, 64)
    assert (MEWSLIX.training, MEWSLIX.train_size) == (Train(task="mewslix"), 167_719)
    assert not MEWSLIX.parallel
    assert (MEWSLIX.metric_names, MEWSLIX.headline_names) == (("map_at_20",), ("map@20",))


def test_training_is_that_of_the_official_script():
    assert MEWSLIX.tuning == Tuning(
        epochs=2,
        learning_rate=2e-5,
        large_learning_rate=1e-5,
        batch_size=256,
        negatives=64,
        max_length=64,
        selection="last",
    )


def test_mentions_with_labels_can_be_scored_and_without_predicted(tmp_path):
    save(tmp_path / "mewslix/wikinews_mentions/test-de.jsonl", {"context": context("de"), "mentions": [mention()]})
    (row,) = load(tmp_path, "test")
    assert row == {"id": "m", "text": QUERY, "gold": [], "positive": ""}
    save(tmp_path / "mewslix/wikinews_labels/test-de.json", {"m": ["Q585"]})
    assert KINDS["passage-retrieval"].gold(load(tmp_path, "test")) == [("m", ["Q585"])]


def test_the_one_file_of_the_download_is_filtered_and_brings_its_own_gold(tmp_path):
    articles = [{"context": context(code), "mentions": [mention("Q585")]} for code in ("en", "de")]
    save(tmp_path / "mewslix/wikinews_mentions-dev.jsonl", *articles)
    (row,) = load(tmp_path, "dev")
    assert row["gold"] == ["Q585"]


def test_entities_and_pairs_need_no_mentions_beside_them(tmp_path):
    save(tmp_path / "mewslix/candidate_set_entities.jsonl", ENTITY, ENTITY | {"entity_id": "Q1"})
    found = {"context": context("en"), "mention": mention("Q585")}
    save(tmp_path / "mewslix/wikipedia_pairs-train.jsonl", {"contextual_mention": found, "entity": ENTITY})
    assert [row["id"] for row in load(tmp_path, "candidates", "en")] == ["Q585", "Q1"]
    assert [(row["text"], row["positive"]) for row in load(tmp_path, "train", "en")] == [(QUERY, "A city.")]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mewslix de test: no files below .*wikinews_mentions/test-de\.jsonl"):
        load(tmp_path, "test")


def test_rows_of_the_hub_are_encoded_as_they_stand():
    rows = [
        {"mention": QUERY, "entity_id": "Q585"},
        {"mention": QUERY, "entity_id": "Q585", "example_id": "m", "language": "de"},
    ]
    found = list(MEWSLIX.data_for("hub").read(rows, "de"))
    assert [row["id"] for row in found] == ["de-0", "m"]
    assert all(row["text"] == QUERY and row["gold"] == ["Q585"] and row["positive"] == "" for row in found)


@pytest.mark.parametrize("size", [None, 3, 60])
def test_made_up_mentions_name_made_up_entities_whatever_the_size(size):
    options = DataOptions(params={"size": size} if size else {})
    pool = {row["id"] for row in MINI.load(MEWSLIX, "en", "candidates", options)}
    rows = MINI.load(MEWSLIX, "ta", "test", options)
    assert len(rows) == (size or 40)
    assert {name for row in rows for name in row["gold"]} <= pool
    assert all(len(row["gold"]) == 1 and "{" in row["text"] for row in rows)


def test_made_up_entities_are_described_in_several_scripts():
    texts = MINI.load(MEWSLIX, "en", "candidates", DataOptions())["text"]
    assert 0 < sum(text.isascii() for text in texts) < len(texts)
    assert len(set(texts)) == len(texts)


@pytest.mark.shared
def test_the_official_mock_labels_are_labels_of_mentions(shared_data):
    for code in SIZES:
        labels = json.loads((shared_data / f"mock_test_data/labels/mewslix/test-{code}.json").read_text("utf-8"))
        assert all(isinstance(found, list) and found[0].startswith("Q") for found in labels.values())
