"""The tasks of XTREME, read from copies of their hub repositories with the columns and quirks of these."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pyarrow as pa
import pytest

from tests.plugins.sources.repos import (
    NUMBER,
    QUESTION,
    TEXT,
    TEXTS,
    card,
    class_label,
    class_labels,
    repository,
)
from xharness import Classification, DataError, DataOptions, SpanQA, hub
from xharness_plugins.sources.hub import HUB
from xharness_tasks import TASKS

BY_NAME = {task.name: task for task in TASKS}
PAIR = {"premise": TEXT, "hypothesis": TEXT, "label": class_label("entailment", "neutral", "contradiction")}
ENTITIES = {
    "tokens": TEXTS,
    "ner_tags": class_labels("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"),
    "langs": TEXTS,
    "spans": TEXTS,
}
UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()


def load(task: str, language: str, split: str, root: Path) -> list[dict]:
    return HUB.load(BY_NAME[task], language, split, DataOptions(root=root)).to_list()


def question(id: str, context: str, *answers: tuple[str, int]) -> dict:
    texts, starts = [text for text, _ in answers], [start for _, start in answers]
    given = {"text": texts, "answer_start": starts}
    return {"id": id, "title": "", "context": context, "question": "Which?", "answers": given}


def test_xnli_labels_are_matched_by_name_since_the_hub_has_another_order(tmp_path):
    rows = [{"premise": "It rains.", "hypothesis": f"{label}.", "label": label} for label in (0, 1, 2, -1)]
    repository(tmp_path / "facebook/xnli", {"de": {"test": rows}, "all_languages": {}}, PAIR)
    found = load("xnli", "de", "test", tmp_path)
    assert [row["label"] for row in found] == ["entailment", "neutral", "contradiction", None]
    assert found[0] == {"text": "It rains.", "text_pair": "0.", "label": "entailment"}


def test_pawsx_labels_are_the_names_0_and_1(tmp_path):
    columns = {"id": {"dtype": "int32"}, "sentence1": TEXT, "sentence2": TEXT, "label": class_label("0", "1")}
    rows = [
        {"id": 1, "sentence1": "NS", "sentence2": 'She said "no".', "label": 1},
        {"id": 2, "sentence1": "A to B", "sentence2": "B to A", "label": 0},
    ]
    repository(tmp_path / "google-research-datasets/paws-x", {"ko": {"train": rows, "validation": rows}}, columns)
    assert load("pawsx", "ko", "dev", tmp_path) == [
        {"text": "NS", "text_pair": 'She said "no".', "label": "1"},
        {"text": "A to B", "text_pair": "B to A", "label": "0"},
    ]


def test_panx_keeps_empty_words(tmp_path):
    rows = [{"tokens": ["Kenya", "", "huru"], "ner_tags": [5, 0, 0], "langs": ["sw"] * 3, "spans": ["LOC: Kenya"]}]
    repository(tmp_path / "unimelb-nlp/wikiann", {"sw": {"test": rows}}, ENTITIES)
    assert load("panx", "sw", "test", tmp_path) == [{"tokens": ["Kenya", "", "huru"], "tags": ["B-LOC", "O", "O"]}]


def test_udpos_configs_have_english_names_and_null_tags_are_no_tags(tmp_path):
    columns = {"tokens": TEXTS, "pos_tags": class_labels(*UPOS)}
    rows = [{"tokens": ["Mtoto", "analala"], "pos_tags": [7, 15]}, {"tokens": ["Ndiyo"], "pos_tags": [-1]}]
    repository(tmp_path / "google/xtreme", {"udpos.Yoruba": {"test": rows}}, columns)
    assert load("udpos", "yo", "test", tmp_path) == [
        {"tokens": ["Mtoto", "analala"], "tags": ["NOUN", "VERB"]},
        {"tokens": ["Ndiyo"], "tags": []},
    ]


def test_squad_needs_no_config_and_has_dev_but_no_test(tmp_path):
    rows = [question("a", "Rome is in Italy.", ("Italy", 11), ("in Italy", 8))]
    repository(tmp_path / "rajpurkar/squad", {"plain_text": {"train": rows, "validation": rows}}, QUESTION)
    expected = [{"text": "Italy", "start": 11}, {"text": "in Italy", "start": 8}]
    assert [row["answers"] for row in load("squad_v1", "en", "dev", tmp_path)] == [expected]
    with pytest.raises(DataError, match=r"squad_v1 en test: rajpurkar/squad has no split test, only train, dev"):
        load("squad_v1", "en", "test", tmp_path)


def test_xquad_offsets_beside_a_stripped_context_are_moved(tmp_path):
    rows = [question("a", "罗马在意大利。", ("意大利", 5))]  # two blanks stood before the context
    repository(tmp_path / "google/xquad", {"xquad.zh": {"validation": rows}}, QUESTION)
    assert load("xquad", "zh", "test", tmp_path)[0]["answers"] == [{"text": "意大利", "start": 3}]


def test_mlqa_takes_the_pair_of_equal_languages(tmp_path):
    configs = {
        f"mlqa.{one}.{two}": {"test": [question(one + two, "Rom liegt in Italien.", ("Rom", 0))]}
        for one in ("de", "en")
        for two in ("de", "en")
    }
    repository(tmp_path / "facebook/mlqa", configs, QUESTION)
    assert [row["id"] for row in load("mlqa", "de", "test", tmp_path)] == ["dede"]


def test_tydiqa_takes_a_language_from_the_table_of_all(tmp_path):
    rows = [
        question("finnish-1-0", "Rooma on Italiassa.", ("Rooma", 0)),
        question("swahili-2-0", "Roma iko Italia.", ("Italia", 9), ("", 0)),
        question("korean-3-0", "로마는 이탈리아에 있다.", ("이탈리아", 4)),
    ]
    repository(tmp_path / "google-research-datasets/tydiqa", {"secondary_task": {"validation": rows}}, QUESTION)
    found = load("tydiqa", "sw", "test", tmp_path)
    assert [(row["id"], row["answers"]) for row in found] == [("swahili-2-0", [{"text": "Italia", "start": 9}])]
    assert set(found[0]) == {"id", "question", "context", "answers"}
    with pytest.raises(DataError, match=r"google-research-datasets/tydiqa secondary_task validation: no example"):
        load("tydiqa", "te", "test", tmp_path)


def test_tatoeba_is_stripped_and_sorted_by_the_english_sentence(tmp_path):
    columns = {"source_sentence": TEXT, "target_sentence": TEXT, "source_lang": TEXT, "target_lang": TEXT}
    pairs = [("Habari.\n", "news\n"), ("Maji.\n", "Water\n"), ("Asante.\n", "a word\n")]
    rows = [
        {"source_sentence": foreign, "target_sentence": english, "source_lang": "swh", "target_lang": "eng"}
        for foreign, english in pairs
    ]
    repository(tmp_path / "google/xtreme", {"tatoeba.swh": {"validation": rows}}, columns)
    assert load("tatoeba", "sw", "test", tmp_path) == [
        {"query": "Water", "document": "Habari.", "gold": 1},
        {"query": "a word", "document": "Maji.", "gold": 2},
        {"query": "news", "document": "Asante.", "gold": 0},
    ]


def test_tatoeba_takes_the_languages_that_xtreme_r_added_from_another_repository(tmp_path):
    pairs = [("Labas.", "news"), ("Vanduo.", "Water"), ("Ačiū.", "a word")]
    rows = [{"sentence1": foreign, "sentence2": english, "lang": "lit-eng"} for foreign, english in pairs]
    columns = {"sentence1": TEXT, "sentence2": TEXT, "lang": TEXT}
    repository(tmp_path / "mteb/tatoeba-bitext-mining", {"lit-eng": {"test": rows}}, columns)
    assert load("tatoeba", "lt", "test", tmp_path) == [
        {"query": "Water", "document": "Labas.", "gold": 1},
        {"query": "a word", "document": "Vanduo.", "gold": 2},
        {"query": "news", "document": "Ačiū.", "gold": 0},
    ]


def test_a_language_without_a_repository_is_an_error_that_says_where_it_is(tmp_path):
    said = "udpos lt: this language is not on the hub; use the official files with --source local --data DIR"
    for ask in (HUB.fingerprint, HUB.load):
        with pytest.raises(DataError, match=re.escape(said)):
            ask(BY_NAME["udpos"], "lt", "test", DataOptions(root=tmp_path))


def test_bucc_gold_counts_from_1_and_dev_is_not_on_the_hub(tmp_path):
    types = pa.schema(
        [
            ("sentence1", pa.list_(pa.string())),
            ("sentence2", pa.list_(pa.string())),
            ("gold", pa.list_(pa.list_(pa.int64()))),
        ]
    )
    row = {"sentence1": ["Ja\n", "Nein\n"], "sentence2": ["Maybe\n", "No\n", "Not so\n"], "gold": [[2, 2], [2, 3]]}
    folder = repository(tmp_path / "mteb/BUCC", {"de-en": {"test": [row]}}, {}, types)
    card = folder / "README.md"
    card.write_text(card.read_text("utf-8").replace("dataset_info", "other"), "utf-8")
    found = load("bucc2018", "de", "test", tmp_path)
    assert [(row["side"], row["id"], row["text"]) for row in found] == [
        ("source", "de-000000001", "Ja"),
        ("source", "de-000000002", "Nein"),
        ("target", "en-000000001", "Maybe"),
        ("target", "en-000000002", "No"),
        ("target", "en-000000003", "Not so"),
    ]
    assert [row["gold"] for row in found] == [[], ["en-000000002", "en-000000003"], [], [], []]
    with pytest.raises(DataError, match=r"bucc2018 de dev: mteb/BUCC has no split dev.*--source local"):
        load("bucc2018", "de", "dev", tmp_path)


def third_party(**more) -> Classification:
    return Classification(name="mine", languages=("sw",), labels=("0", "1"), data=hub("me/mine", **more))


def test_third_party_numbers_without_names_must_be_labels(tmp_path):
    folder = repository(
        tmp_path / "me/mine", {"sw": {"test": [{"text": "a", "label": 1}]}}, {"text": TEXT, "label": NUMBER}
    )
    task = third_party(config="{lang}")
    assert HUB.load(task, "sw", "test", DataOptions(root=tmp_path)).to_list() == [
        {"text": "a", "text_pair": None, "label": "1"}
    ]
    repository(folder, {"sw": {"test": [{"text": "a", "label": 2}]}}, {"text": TEXT, "label": NUMBER})
    with pytest.raises(DataError, match=r"me/mine sw test: row 0 \(from 0\): unknown label '2', expected one of 0, 1"):
        HUB.load(task, "sw", "test", DataOptions(root=tmp_path))


def test_third_party_questions_in_the_columns_of_squad_need_no_reader(tmp_path):
    columns = {**QUESTION, "passage": TEXT}
    row = {**question("a", "", ("Roma", 0)), "passage": "Roma iko Italia."}
    repository(tmp_path / "me/qa", {"sw": {"test": [row]}}, columns)
    task = SpanQA(name="qa", languages=("sw",), context="passage", data=hub("me/qa"))
    found = HUB.load(task, "sw", "test", DataOptions(root=tmp_path))[0]
    assert (found["context"], found["answers"]) == ("Roma iko Italia.", [{"text": "Roma", "start": 0}])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("test.jsonl", '{"text": "a", "label": "1"}\n'),
        ("test.csv", "text,label\na,1\n"),
        ("test.tsv", "text\tlabel\na\t1\n"),
    ],
)
def test_third_party_files_of_other_formats_without_a_card(tmp_path, name, content):
    (tmp_path / "me/mine").mkdir(parents=True)
    (tmp_path / "me/mine" / name).write_text(content, "utf-8")
    found = HUB.load(third_party(), "sw", "test", DataOptions(root=tmp_path))
    assert [(row["text"], row["label"]) for row in found] == [("a", "1")]


def test_third_party_shards_are_joined_in_order_whatever_the_folder_is_called(tmp_path):
    root = tmp_path / "[odd] {name} *"
    front = {"configs": [{"config_name": "x", "data_files": [{"split": "test", "path": ["data/**", "more.json*"]}]}]}
    card(root / "me/mine", front)
    for name, text in (("data/b/1.jsonl", "c"), ("data/a.jsonl", "a"), ("data/b/0.jsonl", "b")):
        path = root / "me/mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"text": "{text}", "label": "0"}}\n', "utf-8")
    with gzip.open(root / "me/mine/more.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"text": "d", "label": "1"}\n')
    found = HUB.load(third_party(), "sw", "test", DataOptions(root=root))
    assert found["text"][:] == ["a", "b", "c", "d"]
