"""lareqa, and squad_sentences, which trains for it: what they declare, and what they make of their files.

Texts, lengths and hyper-parameters: evaluate_retrieval.py, utils_lareqa.py and train_lareqa.sh of
github.com/google-research/xtreme.
"""

from __future__ import annotations

import json

import pytest

import xharness_tasks
from xharness import DataError, DataOptions, Train, Tuning
from xharness_plugins.sources.local import LOCAL
from xharness_plugins.sources.mini import MINI

TASKS = {task.name: task for task in xharness_tasks.TASKS}
LAREQA, SENTENCES = TASKS["lareqa"], TASKS["squad_sentences"]


def release(folder, *, without=()):
    """Write a release in which every language says the same two sentences, and asks for the second."""
    folder.mkdir(parents=True)
    asked = {"id": "q", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 10}]}
    part = {"context": "It rains. Ada sings.", "sentence_breaks": [[0, 9], [10, 20]], "qas": [asked]}
    for code in set(LAREQA.languages) - set(without):
        (folder / f"{code}.json").write_text(json.dumps({"data": [{"paragraphs": [part]}]}), "utf-8")


def test_the_task_is_declared_as_published():
    assert " ".join(LAREQA.languages) == "ar de el en es hi ru th tr vi zh"
    assert dict(LAREQA.sizes) == dict.fromkeys(LAREQA.languages, 1190)
    assert (LAREQA.pool, LAREQA.pool_size, LAREQA.query_length, LAREQA.candidate_length) == (
        LAREQA.languages, 13_014, 96, 256,
    )  # fmt: skip
    assert LAREQA.parallel
    assert LAREQA.training == Train(task="squad_sentences")
    assert (SENTENCES.training, SENTENCES.train_size, LAREQA.train_size) == (
        Train(task="squad_sentences"), 87_599, 87_599,
    )  # fmt: skip
    assert LAREQA.headline_names == ("map@20",)


def test_training_is_that_of_the_official_script():
    expected = Tuning(epochs=3, learning_rate=2e-5, batch_size=16, negatives=4, max_length=256, selection="last")
    assert SENTENCES.tuning == LAREQA.tuning == expected


def test_squad_is_pinned_to_the_commit_that_the_reading_task_reads():
    assert SENTENCES.data_for("hub").revision == TASKS["squad_v1"].data_for("hub").revision
    assert SENTENCES.data_for("hub").id == "rajpurkar/squad"


def test_there_is_no_hub_copy_with_candidates():
    assert LAREQA.data_for("hub") is None


@pytest.mark.parametrize("folder", ["lareqa/xquad-r", "xquad-r"])
def test_the_gold_of_a_language_is_found_in_all_languages(tmp_path, folder):
    release(tmp_path / folder)
    options = DataOptions(root=tmp_path)
    (row,) = LOCAL.load(LAREQA, "th", "test", options)
    pool = [each["id"] for code in LAREQA.pool for each in LOCAL.load(LAREQA, code, "candidates", options)]
    assert row["gold"] == [f"{code}:1:2" for code in LAREQA.languages]
    assert len(set(pool)) == len(pool) == 22
    assert set(row["gold"]) <= set(pool)


def test_without_the_file_of_a_language_the_gold_is_not_whole(tmp_path):
    release(tmp_path / "xquad-r", without=["vi"])
    with pytest.raises(DataError, match=r"no files below .*vi\.json"):
        LOCAL.load(LAREQA, "th", "test", DataOptions(root=tmp_path))
    assert len(LOCAL.load(LAREQA, "th", "candidates", DataOptions(root=tmp_path))) == 2


def test_another_fingerprint_where_another_languages_file_has_changed(tmp_path):
    release(tmp_path / "xquad-r")
    options = DataOptions(root=tmp_path)
    before = LOCAL.fingerprint(LAREQA, "th", "test", options)
    path = tmp_path / "xquad-r/vi.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert LOCAL.fingerprint(LAREQA, "th", "test", options) != before


def test_squad_on_disk_and_on_the_hub_give_the_same_training_queries(tmp_path):
    context = "  It rains. Ada sings."
    answer = {"text": "Ada", "answer_start": 12}
    part = {"context": context, "qas": [{"id": "q", "question": "Who?", "answers": [answer]}]}
    (tmp_path / "squad").mkdir()
    (tmp_path / "squad/train-v1.1.json").write_text(json.dumps({"data": [{"paragraphs": [part]}]}), "utf-8")
    columns = {"text": ["Ada"], "answer_start": [12]}
    row = {"id": "q", "title": "T", "question": "Who?", "context": context, "answers": columns}
    expected = [{"id": "q", "text": "Who?", "gold": [], "positive": "Ada sings.  It rains. Ada sings."}]
    assert list(LOCAL.load(SENTENCES, "en", "train", DataOptions(root=tmp_path))) == expected
    assert list(SENTENCES.data_for("hub").read([row], "en")) == expected


@pytest.mark.parametrize("size", [None, 3, 60])
def test_synthetic_questions_have_their_answers_in_a_synthetic_pool_of_whatever_size(size):
    options = DataOptions(params={"size": size} if size else {})
    pool = {}
    for code in LAREQA.pool:
        pool |= {row["id"]: row["text"] for row in MINI.load(LAREQA, code, "candidates", options)}
    questions = MINI.load(LAREQA, "hi", "test", options)
    assert len(pool) == 4 * 11 * len(questions)
    for row in questions:
        assert len(row["gold"]) == 11
        assert all(name in pool for name in row["gold"])


@pytest.mark.shared
def test_squad_on_this_machine_trains_with_every_question(shared_data):
    rows = LOCAL.load(SENTENCES, "en", "train", DataOptions(root=shared_data))
    assert len(rows) == 11_877
    assert all(rows["positive"])


@pytest.mark.shared
def test_the_release_is_read_from_its_folder(shared_data):
    options = DataOptions(root=shared_data)
    assert len(LOCAL.load(LAREQA, "th", "candidates", options)) == 852
    assert len(LOCAL.load(LAREQA, "th", "test", options)) == 1190
