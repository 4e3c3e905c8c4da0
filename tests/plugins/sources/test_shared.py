"""The real files: every task, in every language that the developers' folder holds, in original and processed form."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from xharness import LANGUAGES, DataError, DataOptions
from xharness_plugins.sources.local import LOCAL
from xharness_tasks import TASKS
from xharness_tasks.suites import XTREME

pytestmark = pytest.mark.shared
BY_NAME = {task.name: task for task in TASKS}
CODES = {language.tatoeba: code for code, language in LANGUAGES.items()}


@cache
def manifest(root: Path) -> dict[str, dict[str, int]]:
    """Return the number of rows of each file by folder and path."""
    folders = json.loads((root / "MANIFEST.json").read_text("utf-8"))["folders"]
    return {
        folder["folder"]: {file["path"]: file["rows"] for file in folder["files"] if "rows" in file}
        for folder in folders
    }


def load(root: Path, task: str, language: str, split: str) -> list[dict]:
    options = DataOptions(root=root)
    rows = LOCAL.load(BY_NAME[task], language, split, options).to_list()
    assert LOCAL.fingerprint(BY_NAME[task], language, split, options).startswith(f"local:{task}:{language}:{split}:")
    return rows


def present(root: Path, task: str, split: str) -> list[str]:
    """Return the languages whose files a task finds."""
    found = []
    for language in BY_NAME[task].languages:
        try:
            LOCAL.fingerprint(BY_NAME[task], language, split, DataOptions(root=root))
        except DataError:
            continue
        found.append(language)
    return found


def processed(root: Path, task: str) -> dict[tuple[str, str], int]:
    """Return the rows by (split, language) of files named SPLIT-LANGUAGE.tsv."""
    files = manifest(root)[f"xtreme_processed/{task}"]
    named = {tuple(Path(path).stem.split("-")): rows for path, rows in files.items()}
    return {key: rows for key, rows in named.items() if key[1] in BY_NAME[task].languages}


@pytest.mark.parametrize("task", ["xnli", "pawsx", "panx", "udpos"])
def test_processed_tables(shared_data, task):
    root = shared_data / "xtreme_processed"
    expected = processed(shared_data, task)
    for split in ("train", "dev", "test"):
        assert sorted(present(root, task, split)) == sorted(code for name, code in expected if name == split)
    for (split, language), rows in expected.items():
        found = load(root, task, language, split)
        assert len(found) == rows, (split, language)
        check(task, found, labelled=split != "test" or task == "udpos")


def check(task: str, rows: list[dict], labelled: bool) -> None:
    for row in rows:
        if "tokens" in row:
            assert row["tokens"]
            assert len(row["tags"]) == (len(row["tokens"]) if labelled else 0)
        else:
            assert row["text_pair"]
            assert (row["label"] in BY_NAME[task].labels) == labelled


def test_processed_pairs_are_parallel_and_unquoted(shared_data):
    root = shared_data / "xtreme_processed"
    labels = {code: [row["label"] for row in load(root, "xnli", code, "dev")] for code in BY_NAME["xnli"].languages}
    assert len({tuple(column) for column in labels.values()}) == 1
    assert Counter(labels["sw"]) == {"neutral": 415, "contradiction": 415, "entailment": 415}
    pairs = load(root, "pawsx", "en", "dev")
    assert not any('""' in row["text"] for row in pairs)
    assert pairs[0]["label"] in "01"


def test_treebanks(shared_data):
    files = {folder: rows for folder, rows in manifest(shared_data).items() if folder.startswith("ud/UD_") and rows}
    expected = {
        (Path(path).stem.rsplit("-", 1)[1], path.split("_")[0]): rows
        for counts in files.values()
        for path, rows in counts.items()
    }
    assert len(files) == 38
    assert {language for _, language in expected} == set(BY_NAME["udpos"].languages)
    for (split, language), rows in expected.items():
        found = load(shared_data, "udpos", language, split)
        assert len(found) == rows, (split, language)
        check("udpos", found, labelled=True)


def test_tatoeba_is_aligned_in_all_languages(shared_data):
    assert present(shared_data, "tatoeba", "test") == list(BY_NAME["tatoeba"].languages)
    counts = manifest(shared_data)["tatoeba"]
    for path, rows in counts.items():
        code = CODES[path.split(".")[1].split("-")[0]]
        if path.endswith("eng") and code in BY_NAME["tatoeba"].languages:
            found = load(shared_data, "tatoeba", code, "test")
            assert len(found) == rows == BY_NAME["tatoeba"].sizes[code]
            queries = [row["query"] for row in found]
            assert queries == sorted(queries)
            assert sorted(row["gold"] for row in found) == list(range(rows))


def test_processed_tatoeba_is_the_same_but_for_the_gold(shared_data):
    root = shared_data / "xtreme_processed"
    languages = present(root, "tatoeba", "test")
    assert len(languages) == 12
    for code in languages:
        official = load(root, "tatoeba", code, "test")
        aligned = load(shared_data, "tatoeba", code, "test")
        assert {row["gold"] for row in official} == {-1}
        for column in ("query", "document"):
            assert [row[column] for row in official] == [row[column] for row in aligned]


@pytest.mark.parametrize(
    ("task", "split", "expected"),
    [
        ("xquad", "test", dict.fromkeys(BY_NAME["xquad"].languages, 1190)),
        ("mlqa", "dev", {"en": 1148, "es": 500, "de": 512, "vi": 511}),
        ("tydiqa", "test", {"en": 440, "bn": 113, "fi": 782, "ko": 276, "sw": 499}),
        ("squad_v1", "train", {"en": 11_877}),
    ],
)
def test_questions(shared_data, task, split, expected):
    assert present(shared_data, task, split) == list(expected)
    for language, rows in expected.items():
        found = load(shared_data, task, language, split)
        assert len(found) == rows
        assert len({row["id"] for row in found}) == rows
        for row in found:
            assert row["answers"]
            for answer in row["answers"]:
                assert row["context"][answer["start"] :].startswith(answer["text"])


def test_processed_questions(shared_data):
    root = shared_data / "xtreme_processed"
    train = load(root, "tydiqa", "en", "train")
    assert len(train) == 1500
    assert all(row["answers"] for row in train)
    for language, rows in {"ko": 276, "sw": 499}.items():
        blank = load(root, "tydiqa", language, "test")
        whole = load(shared_data, "tydiqa", language, "test")
        assert len(blank) == rows
        assert not any(row["answers"] for row in blank)
        assert {row["id"]: row["question"] for row in blank} == {row["id"]: row["question"] for row in whole}


def test_pools_of_sentences(shared_data):
    root = shared_data / "xtreme_processed"
    assert present(root, "bucc2018", "dev") == ["zh"]
    rows = load(root, "bucc2018", "zh", "dev")
    assert Counter(row["side"] for row in rows) == {"source": 8624, "target": 13_589}
    assert sum(len(row["gold"]) for row in rows) == 257
    ids = {row["id"] for row in rows if row["side"] == "target"}
    assert all(set(row["gold"]) <= ids for row in rows)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_original_layouts(shared_data, split):
    root = shared_data / "layout_samples"
    expected = {"xnli": 4 if split == "train" else 1, "pawsx": 4, "panx": 1}
    for task, rows in expected.items():
        for language in XTREME.tasks[task]:
            others = (task, split) == ("pawsx", "train") and language != "en"
            found = load(root, task, language, "translated-train" if others else split)
            assert len(found) == rows, (task, language)
            check(task, found, labelled=True)


def test_original_layout_of_tydiqa(shared_data):
    root = shared_data / "layout_samples"
    assert [row["id"].split("-")[0] for row in load(root, "tydiqa", "fi", "train")] == ["finnish", "finnish"]
    assert [row["id"].split("-")[0] for row in load(root, "tydiqa", "ar", "test")] == ["arabic"]
    with pytest.raises(DataError, match="no example of language 'sw' for split 'test'"):
        load(root, "tydiqa", "sw", "test")


def test_rows_that_were_checked_by_hand(shared_data):
    processed, samples = shared_data / "xtreme_processed", shared_data / "layout_samples"
    labels = [row["label"] for row in load(processed, "xnli", "sw", "dev")[:4]]
    assert labels == ["neutral", "contradiction", "entailment", "neutral"]
    assert [row["label"] for row in load(samples, "pawsx", "zh", "test")] == ["1", "0", "0", "1"]
    assert load(samples, "xnli", "zh", "test")[0]["label"] == "contradiction"
    entities = load(samples, "panx", "sw", "test")[0]
    assert entities["tokens"][:2] == ["Msimbo", "wa"]
    assert entities["tags"] == ["B-LOC", "I-LOC", "I-LOC", "O", "O", "O"]
    # Line 36 of the treebank: two nodes that are one word, which keeps the tag of the one nearer to the root.
    german = load(shared_data, "udpos", "de", "test")[1]
    assert list(zip(german["tokens"], german["tags"]))[18:20] == [("im", "ADP"), ("selben", "DET")]
    assert [row["gold"] for row in load(shared_data, "tatoeba", "sw", "test")[:3]] == [114, 81, 80]
    pools = load(processed, "bucc2018", "zh", "dev")
    assert next(row["id"] for row in pools if row["gold"] == ["en-000008530"]) == "zh-000000057"
    chinese = load(shared_data, "xquad", "zh", "test")[0]
    assert (chinese["id"], chinese["answers"]) == ("56beb4343aeaaa14008c925b", [{"text": "308", "start": 10}])
