"""Questions with a few choices in JSON lines: what is read, and what is said of lines that are wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import TEXT, write
from xharness.data.choices import choices_reader, label_index, read_objects, texts
from xharness.errors import DataError

PLACES = {"yes": 0, "no": 1}


def example(row):
    (context,) = texts(row, "asked")
    return {"context": context, "choices": ["Yes.", "No."], "label": label_index(row.get("label"), PLACES)}


def read(path, split="dev"):
    return list(choices_reader(example)((path,), "en", split))


def save(folder, *lines, name="dev.jsonl", end="\n"):
    return write(folder, name, "".join(line + end for line in lines))


GOOD = '{"asked": "Wet?", "label": "no"}'


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_line_makes_a_row(tmp_path, end):
    path = save(tmp_path, GOOD, '{"asked": "Dry?", "label": "yes", "more": [1]}', end=end)
    assert read(path) == [
        {"context": "Wet?", "choices": ["Yes.", "No."], "label": 1},
        {"context": "Dry?", "choices": ["Yes.", "No."], "label": 0},
    ]


def test_several_files_are_read_one_after_the_other(tmp_path):
    paths = (save(tmp_path, GOOD, name="b"), save(tmp_path, GOOD, GOOD, name="a"))
    assert len(list(choices_reader(example)(paths, "en", "dev"))) == 3


@pytest.mark.parametrize(("line", "problem"), [
    ('{"asked": "Wet?", "label": "maybe"}', "unknown label 'maybe', expected one of yes, no"),
    ('{"asked": "Wet?", "label": ["no"]}', "unknown label ['no'], expected one of yes, no"),
    ('{"asked": "Wet?"}', "no label; every example of split 'dev' needs one"),
    ('{"asked": "Wet?", "label": null}', "no label; every example of split 'dev' needs one"),
    ('{"asked": "Wet?", "label": -1}', "no label; every example of split 'dev' needs one"),
    ('{"label": "no"}', "no asked, expected asked"),
    ('{"asked": null, "label": "no"}', "asked None is not a text"),
    ('{"asked": "Wet?", ', "not JSON: "),
    ('["Wet?", "no"]', "not a JSON object"),
    ("", "blank line, expected a JSON object"),
])  # fmt: skip
def test_a_line_that_is_wrong_is_named_with_what_was_expected(tmp_path, line, problem):
    path = save(tmp_path, GOOD, line, GOOD)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:2: {problem}")
    assert "\n" not in str(caught.value)


def test_a_line_that_is_not_utf_8_is_named(tmp_path):
    path = write(tmp_path, "dev.jsonl", f"{GOOD}\n".encode() + b'{"asked": "\xff"}\n')
    with pytest.raises(DataError, match=r"dev\.jsonl:2: byte 12 of the line \(0xff\) is not UTF-8"):
        read(path)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_without_a_question_is_an_error(tmp_path, content):
    path = write(tmp_path, "dev.jsonl", content)
    with pytest.raises(DataError, match=r"dev\.jsonl: no example of language 'en' for split 'dev'"):
        read(path)


@pytest.mark.parametrize("line", ['{"asked": "Wet?"}', '{"asked": "Wet?", "label": -1}'])
def test_a_test_set_may_lack_its_labels(tmp_path, line):
    assert [row["label"] for row in read(save(tmp_path, line), "test")] == [None]


@pytest.mark.parametrize("label", [True, 1.0, "", "01", [], {}])
def test_a_label_is_not_taken_for_one_that_it_equals(label):
    with pytest.raises(ValueError, match="unknown label"):
        label_index(label, {"0": 0, "1": 1})


def test_blank_lines_at_the_end_are_no_lines(tmp_path):
    assert len(list(read_objects(save(tmp_path, GOOD, "", " ")))) == 1


@given(rows=st.lists(st.dictionaries(TEXT, TEXT, max_size=3), min_size=1, max_size=4), ascii=st.booleans())
def test_what_was_written_is_read_line_by_line(folder, rows, ascii):
    path = save(folder, *(json.dumps(row, ensure_ascii=ascii) for row in rows))
    assert list(read_objects(path)) == list(enumerate(rows, 1))
