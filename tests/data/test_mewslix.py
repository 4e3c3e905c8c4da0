"""Mentions of entities and their descriptions, in the format of Mewsli-X."""

from __future__ import annotations

import json
import re
from itertools import islice

import pytest
from hypothesis import given

from tests.data.files import TEXT, write
from xharness.data.mewslix import mention_text, read_mewslix
from xharness.errors import DataError

NEWS = "A flood in Oslo\n\nThe river rose in Oslo.  Oslo is wet."
SPANS = [{"start": 0, "end": 15}, {"start": 17, "end": 40}, {"start": 42, "end": 54}]


def mention(start, end, text, name="m1", entity="Q585"):
    return {"example_id": name, "entity_id": entity, "mention_span": {"start": start, "end": end, "text": text}}


def article(*mentions, text=NEWS, language="en", spans=SPANS):
    return {"context": {"text": text, "language": language, "sentence_spans": spans}, "mentions": list(mentions)}


def entity(name="Q585", description="Oslo is a city.  It is in Norway.\n", *spans):
    sentences = [{"start": start, "end": end} for start, end in spans or ((0, 15), (17, 33))]
    return {"entity_id": name, "title": "Oslo", "description": description, "sentence_spans": sentences}


def save(folder, *objects, name="own.jsonl"):
    return write(folder, name, "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects))


def read(*paths, split="test", language="en"):
    return list(read_mewslix(paths, language, split))


OSLO = mention(35, 39, "Oslo")


def test_a_query_is_the_mention_and_its_sentence_with_the_mention_marked(tmp_path):
    rows = read(save(tmp_path, article(OSLO, mention(42, 46, "Oslo", "m2", ""))))
    assert rows == [
        {"id": "m1", "text": "Oslo: The river rose in { Oslo } .", "gold": ["Q585"], "positive": ""},
        {"id": "m2", "text": "Oslo: { Oslo } is wet.", "gold": [], "positive": ""},
    ]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("In ", "Oslo", " it rains."), "Oslo: In { Oslo } it rains."),
        (("", "Oslo", ""), "Oslo: { Oslo }"),
        (("a {b} ", "c", " {d} {e} {f"), "c: a (b) { c } (d) (e) {f"),
        (("{", "c", "}"), "c: { { c } }"),
        (("a   b ", "c", ""), "c: a  b { c }"),
        (("a\nb\r\nc ", "New\nYork", " d\u2028e\n"), "New York: a b c { New York } d e"),
    ],
)
def test_texts_are_marked_as_officially(parts, text):
    """Each the result of preprocess_mention in utils_mewslix.py, worked out by hand."""
    assert mention_text(*parts) == text


@given(left=TEXT, named=TEXT, right=TEXT)
def test_a_query_is_one_line_that_begins_with_the_mention(left, named, right):
    text = mention_text(left, named, right)
    assert len(text.splitlines()) <= 1
    assert re.sub(r"\s", "", text).startswith(re.sub(r"\s", "", named))


def test_a_sentence_is_the_first_that_holds_the_whole_mention(tmp_path):
    spans = [{"start": 0, "end": 37}, {"start": 17, "end": 40}, {"start": 17, "end": 54}]
    assert read(save(tmp_path, article(OSLO, spans=spans)))[0]["text"] == "Oslo: The river rose in { Oslo } ."


def test_one_file_of_all_languages_is_filtered(tmp_path):
    path = save(tmp_path, article(OSLO), article(mention(35, 39, "Oslo", "m2"), language="de"))
    assert [row["id"] for row in read(path, language="de")] == ["m2"]
    with pytest.raises(DataError, match="no example of language 'fa'"):
        read(path, language="fa")


def test_labels_say_the_gold_their_first_stripped(tmp_path):
    path = save(tmp_path, article(mention(35, 39, "Oslo", entity="")))
    labels = write(tmp_path, "labels.json", '{"m1": [" Q585 ", "Q1"]}')
    assert read(path, labels)[0]["gold"] == ["Q585"]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ("{}", "no label for mention 'm1' of own.jsonl"),
        ('{"m1": ["Q1"], "m2": ["Q2"]}', "label for unknown mention 'm2', not in own.jsonl"),
        ('{"m1": "Q1"}', "not in the Mewsli-X format"),
        ('{"m1": []}', "not in the Mewsli-X format"),
        ('{"m1": [7]}', "not in the Mewsli-X format"),
        ('["Q1"]', "not in the Mewsli-X format"),
    ],
)
def test_labels_that_do_not_fit_are_an_error(tmp_path, labels, problem):
    with pytest.raises(DataError, match=rf"labels\.json: {problem}"):
        read(save(tmp_path, article(OSLO)), write(tmp_path, "labels.json", labels))


def test_an_entity_is_the_sentences_of_its_description(tmp_path):
    rows = read(save(tmp_path, entity(), entity("Q1", "Alles.", (0, 6))), split="candidates")
    assert rows == [
        {"id": "Q585", "text": "Oslo is a city. It is in Norway.", "gold": [], "positive": ""},
        {"id": "Q1", "text": "Alles.", "gold": [], "positive": ""},
    ]


def test_a_pair_is_a_mention_and_its_entity(tmp_path):
    content = article(OSLO)
    pair = {"contextual_mention": {"context": content["context"], "mention": OSLO}, "entity": entity()}
    assert read(save(tmp_path, pair), split="train") == [
        {
            "id": "m1",
            "text": "Oslo: The river rose in { Oslo } .",
            "gold": [],
            "positive": "Oslo is a city. It is in Norway.",
        }
    ]


def test_entities_are_read_as_they_are_asked_for(tmp_path):
    path = write(tmp_path, "own.jsonl", json.dumps(entity()) + "\n" + "no more\n")
    assert [row["id"] for row in islice(read_mewslix((path,), "en", "candidates"), 1)] == ["Q585"]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (mention(35, 40, "Oslo"), "mention 'm1': characters 35 to 40 of the context are not 'Oslo'"),
        (mention(39, 35, "Oslo"), "mention 'm1': characters"),
        (mention(-4, 54, ""), "mention 'm1': characters"),
        (mention(36, 46, NEWS[36:46]), "mention 'm1' is not inside a sentence of its context"),
        (mention("35", 39, "Oslo"), "not in the Mewsli-X format"),
        ({"example_id": "m1", "entity_id": "Q585"}, "not in the Mewsli-X format.*mention_span"),
        (OSLO | {"entity_id": None}, "not in the Mewsli-X format"),
    ],
)
def test_a_mention_that_does_not_fit_its_text_is_an_error_with_its_line(tmp_path, broken, problem):
    with pytest.raises(DataError, match=rf"own\.jsonl:2: {problem}"):
        read(save(tmp_path, article(OSLO), article(broken)))


def test_the_released_files_without_their_text_say_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"own\.jsonl:1: context\.text is empty.* get-mewsli-x\.sh"):
        read(save(tmp_path, article(OSLO, text="")))


@pytest.mark.parametrize("split", ["candidates", "train", "test"])
@pytest.mark.parametrize("line", [{}, {"entity_id": "Q1", "description": 7, "sentence_spans": [1]}, {"context": []}])
def test_a_line_of_another_form_is_an_error_with_its_number(tmp_path, split, line):
    with pytest.raises(DataError, match=r"own\.jsonl:1: not in the Mewsli-X format, "):
        read(save(tmp_path, line), split=split)
