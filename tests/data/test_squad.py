"""Questions on paragraphs in the JSON form of SQuAD, and in the columns of the hub."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import TEXT, write
from xharness.data.squad import hub_questions, locate, read_squad, write_squad
from xharness.errors import DataError

CONTEXT = "Ada was born in Oslo. Her brother lives in Oslo too."


def question(*answers, number="q1"):
    return {
        "id": number,
        "question": "Where was Ada born?",
        "answers": [{"text": text, "answer_start": start} for text, start in answers],
    }


def paragraph(*questions, context=CONTEXT):
    return {"context": context, "qas": list(questions)}


def document(*paragraphs):
    return {"version": "1.1", "data": [{"title": "Ada", "paragraphs": [paragraph]} for paragraph in paragraphs]}


def save(folder, content, name="own.json"):
    return write(folder, name, json.dumps(content, ensure_ascii=False))


def read(*paths):
    return list(read_squad(paths, "en", "dev"))


def test_a_question_comes_with_its_context_and_answers(tmp_path):
    path = save(tmp_path, document(paragraph(question(("Oslo", 16), ("in Oslo", 13)))))
    assert read(path) == [
        {
            "id": "q1",
            "question": "Where was Ada born?",
            "context": CONTEXT,
            "answers": [{"text": "Oslo", "start": 16}, {"text": "in Oslo", "start": 13}],
        }
    ]


def test_questions_come_in_the_order_of_files_articles_and_paragraphs(tmp_path):
    ids = iter(map(str, range(1, 7)))
    first = document(
        paragraph(question(number=next(ids)), question(number=next(ids))), paragraph(question(number=next(ids)))
    )
    second = document(paragraph(question(number=next(ids))))
    rows = read(save(tmp_path, first, "b.json"), save(tmp_path, second, "a.json"))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]


def test_blank_answers_are_dropped(tmp_path):
    path = save(tmp_path, document(paragraph(question(("", 0)))))
    assert [row["answers"] for row in read(path)] == [[]]


def test_a_question_without_an_answer_stays(tmp_path):
    path = save(tmp_path, document(paragraph(question())))
    assert [row["answers"] for row in read(path)] == [[]]


def test_a_byte_order_mark_does_not_show(tmp_path):
    path = write(tmp_path, "own.json", "\ufeff" + json.dumps(document(paragraph(question(("Oslo", 16))))))
    assert read(path)[0]["answers"] == [{"text": "Oslo", "start": 16}]


def test_an_offset_counts_characters_not_bytes_or_utf16_units(tmp_path):
    context = "😀é家 Oslo"
    path = save(tmp_path, document(paragraph(question(("Oslo", 4)), context=context)))
    assert read(path)[0]["answers"] == [{"text": "Oslo", "start": 4}]


@pytest.mark.parametrize(
    ("start", "result"), [(16, 16), (18, 16), (0, 16), (-5, 16), (29, 16), (30, 43), (40, 43), (999, 43)]
)
def test_a_wrong_offset_is_moved_to_the_nearest_occurrence(start, result):
    assert locate(CONTEXT, "Oslo", start) == result


def test_an_occurrence_that_overlaps_another_is_found():
    assert locate("aaaa", "aa", 1) == 1


def test_a_text_that_does_not_occur_has_no_offset(tmp_path):
    path = save(tmp_path, document(paragraph(question(("Bergen", 16)))))
    assert read(path)[0]["answers"] == [{"text": "Bergen", "start": -1}]


def test_an_offset_that_the_hub_copy_did_not_move_is_repaired():
    raw = "  \n" + CONTEXT
    row = {"id": "q", "question": "?", "context": raw.strip(), "answers": {"text": ["Oslo"], "answer_start": [19]}}
    assert next(hub_questions([row]))["answers"] == [{"text": "Oslo", "start": 16}]


def test_the_columns_of_the_hub_become_a_list_of_answers():
    answers = {"text": ["Oslo", "in Oslo", ""], "answer_start": [16, 13, 0]}
    row = {"id": "q", "title": "Ada", "question": "Where?", "context": CONTEXT, "answers": answers}
    assert list(hub_questions([row])) == [
        {
            "id": "q",
            "question": "Where?",
            "context": CONTEXT,
            "answers": [{"text": "Oslo", "start": 16}, {"text": "in Oslo", "start": 13}],
        }
    ]


@pytest.mark.parametrize("content", [{}, [], None, {"data": None}, {"data": [{"title": "x"}]}, {"data": ["x"]}])
def test_json_of_another_form_is_an_error(tmp_path, content):
    with pytest.raises(DataError, match=r"own\.json: not in the SQuAD format"):
        read(save(tmp_path, content))


@pytest.mark.parametrize("key", ["id", "question", "answers"])
def test_a_question_that_lacks_a_part_is_an_error(tmp_path, key):
    broken = question(("Oslo", 16))
    del broken[key]
    with pytest.raises(DataError, match=rf"own\.json: not in the SQuAD format.*{key}"):
        read(save(tmp_path, document(paragraph(broken))))


def test_whole_numbers_as_ids_are_taken_as_text(tmp_path):
    content = document(paragraph(question(("Oslo", 16), number=7), question(("Oslo", 16), number="q1")))
    assert [row["id"] for row in read(save(tmp_path, content))] == ["7", "q1"]
    row = {"id": 7, "question": "?", "context": CONTEXT, "answers": {"text": ["Oslo"], "answer_start": [16]}}
    assert [each["id"] for each in hub_questions([row])] == ["7"]


@pytest.mark.parametrize("number", [None, True, 1.5, ["q"], {}])
def test_other_ids_are_an_error(tmp_path, number):
    path = save(tmp_path, document(paragraph(question(("Oslo", 16), number=number))))
    with pytest.raises(DataError, match=r"own\.json: not in the SQuAD format.*is neither a text nor a whole number"):
        read(path)


@pytest.mark.parametrize("context", [None, 7, ["a"]])
def test_a_context_that_is_not_text_is_an_error(tmp_path, context):
    with pytest.raises(DataError, match=r"own\.json: not in the SQuAD format"):
        read(save(tmp_path, document(paragraph(question(("Oslo", 16)), context=context))))


def test_what_is_not_json_is_an_error_with_file_and_line(tmp_path):
    path = write(tmp_path, "own.json", '{"data": [\n  {"paragraphs": [}\n]}')
    with pytest.raises(DataError, match=r"own\.json:2: not JSON"):
        read(path)


def test_bytes_that_are_not_utf8_are_an_error_with_file_and_line(tmp_path):
    path = write(tmp_path, "own.json", '{"data": [],\n "title": "Köln"}'.encode("latin-1"))
    with pytest.raises(DataError, match=r"own\.json:2: .*\(0xf6\) is not UTF-8"):
        read(path)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.json: no such file"):
        read(tmp_path / "nowhere.json")


def test_a_file_without_a_question_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"own\.json: no example"):
        read(save(tmp_path, {"data": []}))


@st.composite
def spans(draw):
    context = draw(st.text(alphabet="ab é😀", min_size=1, max_size=20))
    start = draw(st.integers(0, len(context) - 1))
    return context, start, draw(st.integers(start + 1, len(context)))


@given(spans())
def test_a_right_offset_is_never_moved(drawn):
    context, start, end = drawn
    assert locate(context, context[start:end], start) == start


@given(spans(), st.integers(-30, 50))
def test_the_offset_found_is_the_nearest_that_gives_the_text_back(drawn, start):
    context, first, last = drawn
    text = context[first:last]
    every = [offset for offset in range(len(context)) if context.startswith(text, offset)]
    result = locate(context, text, start)
    assert context[result : result + len(text)] == text
    assert abs(result - start) == min(abs(offset - start) for offset in every)


@given(context=TEXT, text=TEXT.filter(bool), start=st.integers(-5, 20))
def test_a_text_has_an_offset_exactly_where_it_occurs(context, text, start):
    assert (locate(context, text, start) >= 0) == (text in context)


@given(drawn=spans(), strip=st.booleans())
def test_questions_are_read_as_they_were_written(folder, drawn, strip):
    context, start, end = drawn
    text = context[start:end]
    path = save(folder, document(paragraph(question((text, start)), context=context)))
    (row,) = read(path)
    assert row["context"] == context
    assert row["answers"] == [{"text": text, "start": start}]


ODD = st.sampled_from([None, 7, "x", [], {}, [None], ["x"], {"data": []}])


@given(where=st.sampled_from(["data", "article", "context", "qas", "question", "answers", "answer"]), odd=ODD)
def test_an_odd_value_anywhere_is_read_or_refused(folder, where, odd):
    answer = odd if where == "answer" else {"text": "Oslo", "answer_start": 16}
    asked = question() | {"answers": odd if where == "answers" else [answer]}
    part = {"context": odd if where == "context" else CONTEXT, "qas": [odd if where == "question" else asked]}
    if where == "qas":
        part["qas"] = odd
    article = odd if where == "article" else {"paragraphs": [part]}
    path = save(folder, {"data": odd if where == "data" else [article]})
    try:
        rows = read(path)
    except DataError:
        return
    assert all(isinstance(row["context"], str) for row in rows)


def test_written_questions_are_read_again_and_share_paragraphs(tmp_path):
    rows = [
        {"id": "q1", "question": "Where?", "context": CONTEXT, "answers": [{"text": "Oslo", "start": 43}]},
        {"id": "q2", "question": "Who?", "context": CONTEXT, "answers": []},
        {"id": "q3", "question": "Where?", "context": "In \u2028 Oslo.", "answers": [{"text": "Oslo", "start": 5}]},
    ]
    write_squad(tmp_path / "own.json", rows)
    assert read(tmp_path / "own.json") == rows
    [article] = json.loads((tmp_path / "own.json").read_text("utf-8"))["data"]
    assert [len(each["qas"]) for each in article["paragraphs"]] == [2, 1]
