"""Questions and the sentences that answer them, in the format of XQuAD-R and of SQuAD."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import write
from xharness.data.passages import read_passages, training_queries
from xharness.errors import DataError

CANDIDATES = {
    "ar": 1222, "de": 1276, "el": 1234, "en": 1180, "es": 1215, "hi": 1244, "ru": 1219, "th": 852, "tr": 1167,
    "vi": 1209, "zh": 1196,
}  # fmt: skip
WORDS = {"en": ("It rains. ", "We swim. "), "de": ("Es regnet. ", "Wir schwimmen. ")}


def paragraph(*sentences, asked=()):
    """Return a paragraph of sentences that end in a space; each question is answered by the sentence of its number."""
    starts = [sum(map(len, sentences[:number])) for number in range(len(sentences))]
    questions = [
        {
            "id": f"q{number}",
            "question": f"Q{number}?",
            "answers": [{"text": sentences[number][:2], "answer_start": starts[number]}],
        }
        for number in asked
    ]
    breaks = [[start, start + len(text.rstrip())] for start, text in zip(starts, sentences, strict=True)]
    return {"context": "".join(sentences), "sentence_breaks": breaks, "qas": questions}


def save(folder, language, *paragraphs):
    content = {"data": [{"title": "own", "paragraphs": [part]} for part in paragraphs]}
    return write(folder, f"{language}.json", json.dumps(content, ensure_ascii=False))


def both(folder, asked=(1,)):
    return tuple(save(folder, code, paragraph(*WORDS[code], asked=asked)) for code in ("de", "en"))


def test_a_candidate_is_a_sentence_followed_by_its_paragraph(tmp_path):
    path = save(tmp_path, "en", paragraph("One\nis. ", "Two is. "), paragraph("Three is.\n"))
    assert list(read_passages((path,), "en", "candidates")) == [
        {"id": "en:1:1", "text": "Oneis.Oneis. Two is. ", "gold": [], "positive": ""},
        {"id": "en:1:2", "text": "Two is.Oneis. Two is. ", "gold": [], "positive": ""},
        {"id": "en:2:1", "text": "Three is.Three is.", "gold": [], "positive": ""},
    ]


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_gold_of_a_question_is_in_every_language(tmp_path, language):
    (row,) = read_passages(both(tmp_path), language, "test")
    assert row == {"id": "q1", "text": "Q1?", "gold": ["de:1:2", "en:1:2"], "positive": ""}


def test_each_copy_of_a_sentence_that_answers_is_gold(tmp_path):
    path = save(tmp_path, "en", paragraph("Yes. ", "No. ", "Yes. ", asked=(0, 1)))
    assert [row["gold"] for row in read_passages((path,), "en", "test")] == [["en:1:1", "en:1:3"], ["en:1:2"]]


def test_an_answer_that_crosses_a_break_belongs_to_the_sentence_it_begins_in(tmp_path):
    part = paragraph("It rains. ", "We swim. ", asked=(0,))
    part["qas"][0]["answers"] = [{"text": "rains. We", "answer_start": 3}]
    assert [row["gold"] for row in read_passages((save(tmp_path, "en", part),), "en", "test")] == [["en:1:1"]]


def test_blanked_answers_leave_the_gold_empty(tmp_path):
    part = paragraph("It rains. ", asked=(0,))
    part["qas"][0]["answers"] = [{"text": "", "answer_start": 0}]
    assert [row["gold"] for row in read_passages((save(tmp_path, "en", part),), "en", "test")] == [[]]


def test_a_language_without_a_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no example of language 'th'"):
        list(read_passages(both(tmp_path), "th", "test"))


def test_an_answer_outside_every_sentence_is_an_error(tmp_path):
    part = paragraph("It rains. ", asked=(0,))
    part["qas"][0]["answers"] = [{"text": " ", "answer_start": 9}]
    with pytest.raises(DataError, match=r"en\.json: an answer to question q0 does not begin in a sentence"):
        list(read_passages((save(tmp_path, "en", part),), "en", "test"))


@pytest.mark.parametrize("key", ["context", "sentence_breaks", "qas"])
@pytest.mark.parametrize("odd", [None, 7, [7], ["ab"], [[5, 2]], [[0, 99]], [{}]])
@pytest.mark.parametrize("split", ["test", "candidates"])
def test_a_file_of_another_form_is_an_error_that_names_the_paragraph(tmp_path, key, odd, split):
    path = save(tmp_path, "en", paragraph("It rains. ", asked=(0,)), paragraph("It rains. ", asked=(0,)) | {key: odd})
    with pytest.raises(DataError, match=r"en\.json: paragraph 2: not in the XQuAD-R format"):
        list(read_passages((path,), "en", split))


def test_the_files_of_xquad_lack_the_breaks(tmp_path):
    part = paragraph("It rains. ", asked=(0,))
    del part["sentence_breaks"]
    with pytest.raises(DataError, match="sentence_breaks"):
        list(read_passages((save(tmp_path, "en", part),), "en", "candidates"))


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_there_are_as_many_candidates_as_sentences(folder, sizes):
    path = save(folder, "en", *(paragraph(*(f"S{number}. " for number in range(size))) for size in sizes))
    rows = list(read_passages((path,), "en", "candidates"))
    assert len({row["id"] for row in rows}) == len(rows) == sum(sizes)


def question(context, start, text="x", name="q"):
    return {"id": name, "question": "Q?", "context": context, "answers": [{"text": text, "start": start}]}


def test_a_training_query_comes_with_the_sentence_that_answers_it():
    context = "It rains.\nDr. Kim swims. We sing."
    rows = list(training_queries([question(context, 14), question(context, 25), question("We sing.", 0)]))
    assert [row["positive"] for row in rows] == [
        "Dr. Kim swims.It rains.Dr. Kim swims. We sing.",
        "We sing.It rains.Dr. Kim swims. We sing.",
        "We sing.We sing.",
    ]
    assert rows[0] | {"positive": ""} == {"id": "q", "text": "Q?", "gold": [], "positive": ""}


def test_a_question_without_an_answer_in_its_paragraph_trains_nothing():
    unanswered = question("It rains.", 0) | {"answers": []}
    kept = question("It rains.", 3, name="kept")
    assert [row["id"] for row in training_queries([unanswered, question("It rains.", -1), kept])] == ["kept"]


@pytest.mark.shared
def test_xquad_r_holds_its_candidates_and_each_question_eleven_that_answer_it(shared_data):
    paths = {path.stem: path for path in sorted(shared_data.glob("lareqa/xquad-r/*.json"))}
    pool = {}
    for code, path in paths.items():
        rows = {row["id"]: row["text"] for row in read_passages((path,), code, "candidates")}
        assert len(rows) == CANDIDATES[code], code
        pool |= rows
    assert len(pool) == 13_014
    assert not any("\n" in text for text in pool.values())
    for code in ("en", "th", "zh"):
        questions = list(read_passages(tuple(paths.values()), code, "test"))
        golds = Counter((len(row["gold"]), len({name[:2] for name in row["gold"]})) for row in questions)
        assert golds == {(11, 11): 1190}, code
        assert all(name in pool for row in questions for name in row["gold"])
