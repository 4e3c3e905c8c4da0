"""What each task makes of small files in its official formats, and of the rows of its hub repository."""

from __future__ import annotations

import json

import pytest

import xharness_tasks
from xharness import DataError

TASKS = {task.name: task for task in xharness_tasks.TASKS}


def read(task, layout, paths, language="en", split="test"):
    """Read with the task's first layout of that name."""
    result = next(entry for entry in TASKS[task].data_for("local").layouts if entry.name == layout)
    return list(result.read(tuple(paths), language, split))


def from_hub(task, rows, language):
    return list(TASKS[task].data_for("hub").read(rows, language))


def save(path, *lines, end="\n"):
    path.write_bytes("".join("\t".join(line) + end for line in lines).encode("utf-8"))
    return path


def questions(path, *ids):
    asked = [{"id": id, "question": "Wer?", "answers": [{"text": "Ada", "answer_start": 0}]} for id in ids]
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "Ada singt.", "qas": asked}]}]}), "utf-8")
    return path


XNLI = ("language", "gold_label", "parse1", "parse2", "x", "y", "sentence1", "sentence2", "pairID")


def test_xnli_release_keeps_the_rows_of_the_language(tmp_path):
    path = save(
        tmp_path / "xnli.test.tsv",
        XNLI,
        ("de", "neutral", "", "", "", "", "Es regnet. ", ' "Ja", sagt sie.', "1"),
        ("en", "entailment", "", "", "", "", "It rains.", "It is wet.", "1"),
    )
    assert read("xnli", "XNLI-1.0 and XNLI-MT-1.0", [path], "de") == [
        {"text": "Es regnet.", "text_pair": '"Ja", sagt sie.', "label": "neutral"}
    ]


def test_xnli_release_without_the_language_is_an_error(tmp_path):
    path = save(tmp_path / "xnli.test.tsv", XNLI, ("en", "neutral", "", "", "", "", "A.", "B.", "1"))
    with pytest.raises(DataError, match=r"xnli\.test\.tsv: no example of language 'sw'"):
        read("xnli", "XNLI-1.0 and XNLI-MT-1.0", [path], "sw")


def test_xnli_training_files_call_a_contradiction_contradictory(tmp_path):
    path = save(
        tmp_path / "multinli.train.en.tsv",
        ("premise", "hypo", "label"),
        ("It rains .", "It is dry .", "contradictory"),
        ("It rains .", "It is wet .", "entailment"),
    )
    rows = read("xnli", "XNLI-1.0 and XNLI-MT-1.0", [path], split="train")
    assert [row["label"] for row in rows] == ["contradiction", "entailment"]


@pytest.mark.parametrize(("task", "label"), [("xnli", "neutral"), ("pawsx", "1")])
def test_processed_pairs_lose_their_csv_quotes(tmp_path, task, label):
    path = save(tmp_path / "dev-en.tsv", ('"""Yes"", she said."', "She spoke.", label), end="\r\n")
    assert read(task, "XTREME download", [path], split="dev") == [
        {"text": '"Yes", she said.', "text_pair": "She spoke.", "label": label}
    ]


@pytest.mark.parametrize("task", ["xnli", "pawsx"])
def test_processed_test_pairs_have_no_label(tmp_path, task):
    path = save(tmp_path / "test-en.tsv", ("It rains.", "It is wet."), end="\r\n")
    assert [row["label"] for row in read(task, "XTREME download", [path])] == [None]


def test_pawsx_release_keeps_quotes_and_placeholders(tmp_path):
    path = save(
        tmp_path / "test_2k.tsv",
        ("id", "sentence1", "sentence2", "label"),
        ("1", '"Ada" sings.', "Ada sings.", "1"),
        ("2", "NS", "NS", "0"),
    )
    assert read("pawsx", "PAWS-X release", [path]) == [
        {"text": '"Ada" sings.', "text_pair": "Ada sings.", "label": "1"},
        {"text": "NS", "text_pair": "NS", "label": "0"},
    ]


@pytest.mark.parametrize("task", ["xnli", "pawsx"])
def test_an_unknown_label_is_an_error(tmp_path, task):
    path = save(tmp_path / "dev-en.tsv", ("A.", "B.", "maybe"))
    with pytest.raises(DataError, match=r"dev-en\.tsv:1: unknown label 'maybe'"):
        read(task, "XTREME download", [path], split="dev")


def test_the_one_file_of_tydiqa_is_filtered_by_language(tmp_path):
    path = questions(tmp_path / "dev.json", "english-1-2", "finnish-3-4", "english-5-6")
    rows = read("tydiqa", "TyDiQA release, one file for all languages", [path], "en")
    assert [row["id"] for row in rows] == ["english-1-2", "english-5-6"]


def test_the_one_file_of_tydiqa_without_the_language_is_an_error(tmp_path):
    path = questions(tmp_path / "dev.json", "english-1-2")
    with pytest.raises(DataError, match=r"dev\.json: no example of language 'sw'"):
        read("tydiqa", "TyDiQA release, one file for all languages", [path], "sw")


def test_cut_ids_of_tydiqa_training_files_are_all_read(tmp_path):
    path = questions(tmp_path / "tydiqa.goldp.en.train.json", "1", "2")
    assert len(read("tydiqa", "XTREME download", [path], split="train")) == 2


def test_tydiqa_on_the_hub_is_filtered_by_language():
    answers = {"text": ["Ada"], "answer_start": [3]}
    rows = [
        {"id": id, "title": "", "question": "?", "context": "Ada sings.", "answers": answers}
        for id in ("swahili-1-2", "korean-1-2")
    ]
    assert from_hub("tydiqa", rows, "sw") == [
        {"id": "swahili-1-2", "question": "?", "context": "Ada sings.", "answers": [{"text": "Ada", "start": 0}]}
    ]


def test_tatoeba_on_the_hub_is_stripped_and_sorted():
    rows = [
        {"source_sentence": "Eins.\n", "target_sentence": "b\n", "source_lang": "deu", "target_lang": "eng"},
        {"source_sentence": "Zwei.\n", "target_sentence": "a\n", "source_lang": "deu", "target_lang": "eng"},
    ]
    assert from_hub("tatoeba", rows, "de") == [
        {"query": "a", "document": "Eins.", "gold": 1},
        {"query": "b", "document": "Zwei.", "gold": 0},
    ]


def test_bucc_on_the_hub_gets_the_ids_of_the_shared_task():
    row = {"sentence1": ["Eins. ", "Zwei."], "sentence2": ["Two.", "Three.", "Zero."], "gold": [[2, 1]]}
    assert from_hub("bucc2018", [row], "de") == [
        {"side": "source", "id": "de-000000001", "text": "Eins.", "gold": []},
        {"side": "source", "id": "de-000000002", "text": "Zwei.", "gold": ["en-000000001"]},
        {"side": "target", "id": "en-000000001", "text": "Two.", "gold": []},
        {"side": "target", "id": "en-000000002", "text": "Three.", "gold": []},
        {"side": "target", "id": "en-000000003", "text": "Zero.", "gold": []},
    ]


@pytest.mark.parametrize("task", ["squad_v1", "xquad", "mlqa"])
def test_span_tasks_on_the_hub_find_their_answers_again(task):
    row = {"id": "q", "question": "?", "context": "Ada sings.", "answers": {"text": ["sings"], "answer_start": [6]}}
    assert from_hub(task, [row], "en")[0]["answers"] == [{"text": "sings", "start": 4}]


@pytest.mark.shared
@pytest.mark.parametrize(("task", "split"), [("xnli", "dev"), ("xnli", "test"), ("pawsx", "dev"), ("pawsx", "test")])
def test_the_samples_of_the_releases_are_read_in_every_language(shared_data, task, split):
    layout, pattern = {
        ("xnli", "dev"): ("XNLI-1.0 and XNLI-MT-1.0", "xnli/XNLI-1.0/xnli.dev.tsv"),
        ("xnli", "test"): ("XNLI-1.0 and XNLI-MT-1.0", "xnli/XNLI-1.0/xnli.test.tsv"),
        ("pawsx", "dev"): ("PAWS-X release", "paws-x/x-final/{}/dev_2k.tsv"),
        ("pawsx", "test"): ("PAWS-X release", "paws-x/x-final/{}/test_2k.tsv"),
    }[task, split]
    for language in TASKS[task].languages:
        rows = read(task, layout, [shared_data / "layout_samples" / pattern.format(language)], language, split)
        assert all(row["text"] and row["text_pair"] and row["label"] for row in rows), language


@pytest.mark.shared
def test_the_sample_of_the_xnli_training_files_is_read_in_every_language(shared_data):
    folder = shared_data / "layout_samples/xnli/XNLI-MT-1.0/multinli"
    for path in folder.glob("*.tsv"):
        rows = read("xnli", "XNLI-1.0 and XNLI-MT-1.0", [path], path.name.split(".")[2], "train")
        assert {row["label"] for row in rows} <= {"contradiction", "entailment", "neutral"}, path.name
