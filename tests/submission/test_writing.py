"""What is written as a submission is read back as it was, whatever a model predicted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import (
    BitextMining,
    BitextRetrieval,
    Classification,
    DataError,
    MultipleChoice,
    PassageRetrieval,
    SpanQA,
    Tagging,
)
from xharness.submission.forms import file_name, labels_file, predictions_file, read

ONE = {"name": "t", "languages": ("xx",)}
LABELS = Classification(**ONE, labels=("a",))
TAGS = Tagging(**ONE, labels=("A",))
CHOICES = MultipleChoice(**ONE)
QUESTIONS = SpanQA(**ONE)
PAIRS = BitextRetrieval(**ONE)
MINING = BitextMining(**ONE)
PASSAGES = PassageRetrieval(**ONE)

lines = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\t")).map(str.strip)
words = lines.filter(bool)
ids = st.text(st.characters(exclude_characters="\n\r\t"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


def again(folder, task, predictions, gold, *, official=False):
    ours, theirs = folder / f"ours-{file_name(task, 'xx')}", folder / f"theirs-{file_name(task, 'xx')}"
    ours.write_bytes(predictions_file(task, predictions))
    theirs.write_bytes(labels_file(task, gold))
    content = read(task, ours, theirs, official=official)
    return content.predictions, content.gold


@given(st.lists(lines), st.lists(lines))
def test_labels(folder, predictions, gold):
    assert again(folder, LABELS, predictions, gold) == (predictions, gold)


@given(st.lists(st.lists(words)), st.lists(st.lists(words)))
def test_tags(folder, predictions, gold):
    gold = [["A"] * len(tags) for tags in predictions] if len(predictions) == len(gold) else gold
    assert again(folder, TAGS, predictions, gold) == (predictions, gold)


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_choices(folder, predictions, gold):
    assert again(folder, CHOICES, predictions, gold) == (predictions, gold)


@given(
    st.dictionaries(st.text().filter(lambda name: name != "data"), st.text()),
    st.lists(st.tuples(st.text(), st.lists(st.text()))),
)
def test_answers(folder, predictions, gold):
    assert again(folder, QUESTIONS, predictions, gold) == (predictions, gold)


@given(st.lists(st.integers(0, 10**6)))
def test_nearest_neighbours(folder, found):
    rows = [{"prediction": place, "reverse": None} for place in found]
    shown = [str(place) for place in found]
    assert again(folder, PAIRS, rows, found) == ([{"prediction": place} for place in shown], shown)


@given(st.lists(st.tuples(words, words)), st.lists(st.tuples(words, words)))
def test_pairs(folder, predictions, gold):
    assert again(folder, MINING, predictions, gold) == (predictions, gold)


@given(st.dictionaries(st.text().filter(lambda name: name != "data"), st.lists(ids, min_size=1, max_size=30)))
def test_candidates(folder, found):
    rows = [{"id": query, "prediction": names, "ranks": [1]} for query, names in found.items()]
    cut = [{"id": query, "prediction": names[:20], "ranks": None} for query, names in found.items()]
    assert again(folder, PASSAGES, rows, list(found.items())) == (cut, list(found.items()))


def test_the_official_forms():
    assert predictions_file(LABELS, ["entailment", "neutral"]) == b"entailment\nneutral\n"
    assert predictions_file(TAGS, [["O", "B-PER"], [], ["O"]]) == b"O\nB-PER\n\n\nO\n\n"
    assert predictions_file(CHOICES, [0, 1]) == b'{"label": 0}\n{"label": 1}\n'
    assert predictions_file(QUESTIONS, {"q1": "Nürnberg", "q2": ""}) == '{\n "q1": "Nürnberg",\n "q2": ""\n}\n'.encode()
    assert predictions_file(PAIRS, [{"prediction": 4, "reverse": 1}]) == b"4\n"
    assert predictions_file(MINING, [("de-1", "en-7")]) == b"de-1\ten-7\n"
    assert predictions_file(PASSAGES, [{"id": "m", "prediction": ["Q1", "Q2"]}]) == b'{"m": ["Q1", "Q2"]}\n'
    squad = json.loads(labels_file(QUESTIONS, [("q1", ["a", "b"])]))
    assert squad["data"][0]["paragraphs"][0]["qas"] == [{"id": "q1", "answers": [{"text": "a"}, {"text": "b"}]}]


@pytest.mark.parametrize(
    ("task", "predictions", "reason"),
    [
        (LABELS, ["yes "], "cannot write 'yes ' as a line"),
        (LABELS, ["yes\nno"], "cannot write 'yes\\nno' as a line"),
        (LABELS, ["\ud800"], "invalid predictions or gold for kind classification: UnicodeEncodeError"),
        (TAGS, [["O", ""]], "cannot write an empty tag"),
        (TAGS, [[" "]], "cannot write ' ' as a line"),
        (CHOICES, [float("nan")], "invalid predictions or gold for kind multiple-choice: ValueError"),
        (QUESTIONS, {"q": float("nan")}, "invalid predictions or gold for kind span-qa: ValueError"),
        (QUESTIONS, {"data": "x"}, "cannot write the id 'data'"),
        (PAIRS, [{}], "invalid predictions or gold for kind bitext-retrieval: KeyError('prediction')"),
        (MINING, [("de\t1", "en-1")], "an id contains a tab"),
        (MINING, [("", "en-1")], "en-1' as a line"),
        (PASSAGES, [{"id": "m", "prediction": []}] * 2, "duplicate query 'm'"),
        (PASSAGES, [{"id": "m", "prediction": 1}], "invalid predictions or gold for kind passage-retrieval: TypeError"),
    ],
)
def test_what_would_be_read_back_otherwise_is_not_written(task, predictions, reason):
    with pytest.raises(DataError) as error:
        predictions_file(task, predictions)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
