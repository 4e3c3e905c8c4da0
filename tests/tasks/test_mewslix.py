"""mewslix: what it declares, and what it makes of its files and of the rows of the hub.

Texts, lengths and hyper-parameters: utils_mewslix.py and train_mewslix.sh of github.com/google-research/xtreme; sizes:
mewsli-x.md of github.com/google-research/google-research.
"""

from __future__ import annotations

import io
import json
import tarfile

import pytest

import xharness_tasks
from tests.plugins.sources.repos import card
from xharness import KINDS, DataError, DataOptions, Train, Tuning
from xharness_plugins.sources.hub import HUB
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
    result = {"context": context("en"), "mention": mention("Q585")}
    save(tmp_path / "mewslix/wikipedia_pairs-train.jsonl", {"contextual_mention": result, "entity": ENTITY})
    assert [row["id"] for row in load(tmp_path, "candidates", "en")] == ["Q585", "Q1"]
    assert [(row["text"], row["positive"]) for row in load(tmp_path, "train", "en")] == [(QUERY, "A city.")]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mewslix de test: no files below .*wikinews_mentions/test-de\.jsonl"):
        load(tmp_path, "test")


def pack(path, *rows):
    """Write rows as the one file of an archive, as the repository keeps its larger parts."""
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(path.name.removesuffix(".tar.gz"))
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def mirror(tmp_path):
    """Return a folder with a copy of the repository, as its card lays its files."""
    folder = tmp_path / "izhx/mewsli-x"
    files = {
        "de": {"validation": "wikinews_mentions/de/dev.jsonl", "test": "wikinews_mentions/de/test.jsonl"},
        "wikipedia_pairs": {"train": "wikipedia_pairs/train.jsonl.tar.gz"},
        "candidate_entities": {"test": "candidate_entities.jsonl.tar.gz"},
    }
    card(
        folder,
        {
            "configs": [
                {"config_name": name, "data_files": [{"split": split, "path": path} for split, path in splits.items()]}
                for name, splits in files.items()
            ]
        },
    )
    mentions = ({"mention": QUERY, "entity_id": "Q585"}, {"mention": QUERY, "entity_id": "Q1", "example_id": "m"})
    save(folder / "wikinews_mentions/de/test.jsonl", *mentions)
    pack(folder / "wikipedia_pairs/train.jsonl.tar.gz", {"mention": QUERY, "entity": "A city.", "entity_id": "Q585"})
    pack(
        folder / "candidate_entities.jsonl.tar.gz",
        *({"entity_id": f"Q{number}", "description": f"City {number}."} for number in range(2500)),
    )
    return DataOptions(root=tmp_path)


def test_the_hub_keeps_mentions_by_language_and_pairs_and_entities_in_configs_of_their_own(mirror):
    mentions = HUB.load(MEWSLIX, "de", "test", mirror).to_list()
    assert mentions == [
        {"id": "de-0", "text": QUERY, "gold": ["Q585"], "positive": ""},
        {"id": "m", "text": QUERY, "gold": ["Q1"], "positive": ""},
    ]
    (pair,) = HUB.load(MEWSLIX, "en", "train", mirror).to_list()
    assert (pair["text"], pair["gold"], pair["positive"]) == (QUERY, [], "A city.")
    pool = HUB.load(MEWSLIX, "en", "candidates", mirror).to_list()
    assert len(pool) == 2500
    assert pool[-1] == {"id": "Q2499", "text": "City 2499.", "gold": [], "positive": ""}


def test_a_config_of_the_hub_that_is_not_there_is_named(mirror):
    with pytest.raises(DataError, match="izhx/mewsli-x ta test: the repository has no config 'ta'; available: "):
        HUB.load(MEWSLIX, "ta", "test", mirror)


def test_another_pool_has_another_fingerprint(mirror):
    before = [HUB.fingerprint(MEWSLIX, "en", split, mirror) for split in ("train", "candidates")]
    pack(mirror.root / "izhx/mewsli-x/candidate_entities.jsonl.tar.gz", {"entity_id": "Q1", "description": "A city."})
    after = [HUB.fingerprint(MEWSLIX, "en", split, mirror) for split in ("train", "candidates")]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False]


@pytest.mark.parametrize("size", [None, 3, 60])
def test_synthetic_mentions_name_synthetic_entities_whatever_the_size(size):
    options = DataOptions(params={"size": size} if size else {})
    pool = {row["id"] for row in MINI.load(MEWSLIX, "en", "candidates", options)}
    rows = MINI.load(MEWSLIX, "ta", "test", options)
    assert len(rows) == (size or 40)
    assert {name for row in rows for name in row["gold"]} <= pool
    assert all(len(row["gold"]) == 1 and "{" in row["text"] for row in rows)


def test_synthetic_entities_are_described_in_several_scripts():
    texts = MINI.load(MEWSLIX, "en", "candidates", DataOptions())["text"]
    assert 0 < sum(text.isascii() for text in texts) < len(texts)
    assert len(set(texts)) == len(texts)


@pytest.mark.shared
def test_the_official_mock_labels_are_labels_of_mentions(shared_data):
    for code in SIZES:
        labels = json.loads((shared_data / f"mock_test_data/labels/mewslix/test-{code}.json").read_text("utf-8"))
        assert all(isinstance(result, list) and result[0].startswith("Q") for result in labels.values())
