"""Real benchmark files: every row is read, and every answer is at its offset."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from xharness.data.bitext import read_aligned, read_shuffled
from xharness.data.mining import read_pools
from xharness.data.squad import hub_questions, read_squad
from xharness.data.tagged import prefixed_reader, tagged_reader
from xharness.data.tsv import pair_row, read_tsv
from xharness.languages import LANGUAGES

pytestmark = pytest.mark.shared

NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
POS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())
PAIR = ("sentence1", "sentence2", "label")


def files(shared_data, pattern, count):
    """Return the paths that match, with their names in the manifest, once their number is seen to be right."""
    result = sorted(shared_data.glob(pattern))
    assert len(result) == count
    return [(path, str(path.relative_to(shared_data))) for path in result]


@pytest.mark.parametrize(("task", "count", "labels"), [
    ("xnli", 15, ("contradiction", "entailment", "neutral")),
    ("pawsx", 8, ("0", "1")),
])  # fmt: skip
def test_processed_pairs_are_what_pythons_csv_reader_reads(shared_data, manifest, task, count, labels):
    for path, name in files(shared_data, f"xtreme_processed/{task}/*.tsv", count):
        lines = list(read_tsv(path, PAIR, optional="label", quoted=True))
        with path.open(encoding="utf-8", newline="") as file:
            expected = list(csv.reader(file, delimiter="\t"))
        assert [list(row.values()) for _, row in lines] == expected, name
        assert len(lines) == manifest[name], name
        rows = [
            pair_row(path, number, row["sentence1"], row["sentence2"], row.get("label"), labels)
            for number, row in lines
        ]
        assert all(row["text"] and row["text_pair"] for row in rows), name
        assert (rows[0]["label"] is None) == path.name.startswith("test-"), name


def test_quotes_of_processed_pawsx_are_undone(shared_data):
    path = shared_data / "xtreme_processed/pawsx/dev-fr.tsv"
    raw = [row for _, row in read_tsv(path, PAIR)]
    clean = [row for _, row in read_tsv(path, PAIR, quoted=True)]
    changed = [(old, new) for old, new in zip(raw, clean, strict=True) if old != new]
    assert len(changed) > 200
    assert not any('""' in new["sentence1"] + new["sentence2"] for _, new in changed)


@pytest.mark.parametrize(("task", "count", "labels"), [("panx", 53, NER), ("udpos", 40, POS)])
def test_processed_sentences_hold_every_line(shared_data, manifest, task, count, labels):
    for path, name in files(shared_data, f"xtreme_processed/{task}/*.tsv", count):
        split = path.name.split("-")[0]
        rows = list(tagged_reader(labels)((path,), "xx", split))
        lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
        labelled = task == "udpos" or not path.name.startswith("test-")
        assert len(rows) == manifest[name], name
        assert [token for row in rows for token in row["tokens"]] == [line.split("\t")[0] for line in lines], name
        expected = [line.split("\t")[1] for line in lines] if labelled else []
        assert [tag for row in rows for tag in row["tags"]] == expected, name


def test_the_panx_archive_reads_as_its_processed_files(shared_data):
    for path, _ in files(shared_data, "layout_samples/panx_dataset/*/dev", 40):
        rows = list(prefixed_reader(NER)((path,), path.parent.name, "dev"))
        processed = shared_data / "xtreme_processed" / "panx" / f"dev-{path.parent.name}.tsv"
        if processed.exists():
            # The last sentence of a sample may be cut off.
            official = list(tagged_reader(NER)((processed,), path.parent.name, "dev"))
            assert rows[:-1] == official[: len(rows) - 1], path.parent.name


QUESTIONS = {
    "xquad/*.json": 12,
    "lareqa/xquad-r/*.json": 11,
    "mlqa/MLQA_V1/dev/*.json": 10,
    "squad/*.json": 2,
    "tydiqa_goldp/*/*.json": 5,
    "xtreme_processed/tydiqa/*/*.json": 3,
}


@pytest.mark.parametrize(("pattern", "count"), QUESTIONS.items())
def test_every_answer_is_at_its_offset(shared_data, manifest, pattern, count):
    for path, name in files(shared_data, pattern, count):
        rows = list(read_squad((path,), "xx", "dev"))
        raw = json.loads(path.read_text("utf-8"))
        asked = [part for article in raw["data"] for paragraph in article["paragraphs"] for part in paragraph["qas"]]
        assert len(rows) == manifest[name], name
        assert [row["id"] for row in rows] == [question["id"] for question in asked], name
        for row, question in zip(rows, asked, strict=True):
            given = [(part["text"], part["answer_start"]) for part in question["answers"] if part["text"]]
            assert [(part["text"], part["start"]) for part in row["answers"]] == given, row["id"]
            for part in row["answers"]:
                assert row["context"][part["start"] : part["start"] + len(part["text"])] == part["text"], row["id"]


def test_questions_without_an_answer_are_those_of_squad_v2_and_the_blanked_files(shared_data):
    unanswered = Counter()
    for path, name in (entry for pattern, count in QUESTIONS.items() for entry in files(shared_data, pattern, count)):
        unanswered[name] = sum(not row["answers"] for row in read_squad((path,), "xx", "dev"))
    assert +unanswered == {
        "squad/dev-v2.0.json": 112,
        "xtreme_processed/tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.ko.dev.json": 276,
        "xtreme_processed/tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.sw.dev.json": 499,
    }


@pytest.mark.parametrize(("language", "moved"), {
    "ar": 26, "de": 0, "el": 0, "en": 5, "es": 5, "hi": 13, "ru": 5, "th": 10, "tr": 0, "vi": 5, "zh": 100,
}.items())  # fmt: skip
def test_offsets_are_right_again_after_the_hubs_copy_has_stripped_the_context(shared_data, language, moved):
    """The numbers of questions are those of the specification."""
    path = shared_data / "xquad" / f"xquad.{language}.json"
    rows = list(read_squad((path,), language, "test"))
    stripped = [
        row | {
            "context": row["context"].strip(),
            "answers": {
                "text": [part["text"] for part in row["answers"]],
                "answer_start": [part["start"] for part in row["answers"]],
            },
        }
        for row in rows
    ]  # fmt: skip
    wrong = [
        not row["context"].startswith(row["answers"]["text"][0], row["answers"]["answer_start"][0]) for row in stripped
    ]
    assert sum(wrong) == moved
    for row, repaired in zip(rows, hub_questions(stripped), strict=True):
        lost = len(row["context"]) - len(row["context"].lstrip())
        assert [part["start"] + lost for part in repaired["answers"]] == [part["start"] for part in row["answers"]]


def tatoeba(shared_data, language):
    stem = shared_data / "tatoeba" / "v1" / f"tatoeba.{LANGUAGES[language].tatoeba}-eng.eng"
    return list(read_aligned((stem.with_suffix(f".{LANGUAGES[language].tatoeba}"), stem), language, "test"))


def test_every_line_of_tatoeba_is_read(shared_data, manifest):
    for path, name in files(shared_data, "tatoeba/v1/*.eng", 41):
        code = path.name.split(".")[1].partition("-")[0]
        language = next(entry.code for entry in LANGUAGES.values() if entry.tatoeba == code)
        rows = tatoeba(shared_data, language)
        assert len(rows) == manifest[name], name
        assert len({row["query"] for row in rows}) == len(rows), name


def test_the_gold_of_tatoeba_is_that_of_the_official_label_files(shared_data):
    """They hold the first ten labels of the 36 languages of XTREME."""
    for path, _ in files(shared_data, "mock_test_data/labels/tatoeba/*.tsv", 36):
        labels = [int(line) for line in path.read_text("utf-8").split()]
        language = path.stem.removeprefix("test-")
        assert len(labels) == 10
        assert [row["gold"] for row in tatoeba(shared_data, language)[:10]] == labels, language


def test_the_processed_files_of_tatoeba_hold_the_scored_order(shared_data):
    for path, _ in files(shared_data, "xtreme_processed/tatoeba/*.en", 12):
        language = path.name.partition("-")[0]
        shuffled = list(read_shuffled((path.with_suffix(f".{language}"), path), language, "test"))
        official = tatoeba(shared_data, language)
        assert [row | {"gold": -1} for row in official] == shuffled, language


def test_the_pools_of_bucc_hold_every_sentence_and_pair(shared_data, manifest):
    names = [f"xtreme_processed/bucc2018/zh-en.dev.{ending}" for ending in ("zh", "en", "gold")]
    rows = list(read_pools(tuple(shared_data / name for name in names), "zh", "dev"))
    sides = Counter(row["side"] for row in rows)
    gold = {(row["id"], other) for row in rows for other in row["gold"]}
    expected = {tuple(line.split("\t")) for line in (shared_data / names[2]).read_text("utf-8").split("\n") if line}
    assert [sides["source"], sides["target"], len(gold)] == [manifest[name] for name in names] == [8624, 13589, 257]
    assert gold == expected
