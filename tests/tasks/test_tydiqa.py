"""TyDiQA's one training file holds nine languages; English training must see the English questions of it alone."""

from __future__ import annotations

import json

import pytest

from xharness import DataError, DataOptions
from xharness.languages import language
from xharness_plugins.sources.local import LOCAL
from xharness_tasks.tydiqa import SIZES, TYDIQA


def question(code, number):
    name = language(code).name.lower()
    answer = {"text": "here", "answer_start": 0}
    return {"id": f"{name}-{number}-0", "question": f"{code} {number}?", "answers": [answer]}


def release(codes):
    """Return the content of a release file whose languages alternate, as those of the real one do."""
    paragraphs = [{"context": "here", "qas": [question(code, number)]} for number in range(3) for code in codes]
    return {"version": "v1.1", "data": [{"title": "t", "paragraphs": paragraphs}]}


@pytest.mark.parametrize("code", SIZES)
def test_each_language_has_its_own_questions_of_the_one_file(tmp_path, code):
    path = tmp_path / "tydiqa" / "tydiqa-goldp-v1.1-train.json"
    path.parent.mkdir()
    path.write_text(json.dumps(release(SIZES)), encoding="utf-8")
    result = LOCAL.load(TYDIQA, code, "train", DataOptions(root=tmp_path))
    assert result["question"] == [f"{code} {number}?" for number in range(3)]


def test_a_file_named_for_english_that_holds_others_is_refused(tmp_path):
    path = tmp_path / "tydiqa" / "tydiqa-goldp-v1.1-train" / "tydiqa.goldp.en.train.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(release(["en", "fi"])), encoding="utf-8")
    with pytest.raises(DataError, match="question finnish-0-0 is in language 'fi', expected 'en' by the file name"):
        LOCAL.load(TYDIQA, "en", "train", DataOptions(root=tmp_path))
    path.write_text(json.dumps(release(["en"])), encoding="utf-8")
    assert len(LOCAL.load(TYDIQA, "en", "train", DataOptions(root=tmp_path))) == 3


def test_a_training_file_without_english_gives_no_english_training(tmp_path):
    path = tmp_path / "tydiqa" / "tydiqa-goldp-v1.1-train.json"
    path.parent.mkdir()
    path.write_text(json.dumps(release(["fi", "sw"])), encoding="utf-8")
    with pytest.raises(DataError, match="no example of language 'en' for split 'train'"):
        LOCAL.load(TYDIQA, "en", "train", DataOptions(root=tmp_path))


@pytest.mark.parametrize("code", SIZES)
def test_the_hub_has_all_languages_in_one_split_too(code):
    rows = [
        {**question(each, number), "context": "here", "answers": {"text": ["here"], "answer_start": [0]}}
        for number in range(3)
        for each in SIZES
    ]
    result = list(TYDIQA.data_for("hub").read(rows, code))
    assert [row["question"] for row in result] == [f"{code} {number}?" for number in range(3)]
