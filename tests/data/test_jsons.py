"""JSON files, whole or one document per line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import TEXT, write
from xharness.data.jsons import read_json, read_jsonl
from xharness.errors import DataError

OBJECTS = st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3), max_size=5)


@given(objects=OBJECTS, ascii_only=st.booleans())
def test_objects_are_read_as_they_were_written(folder, objects, ascii_only):
    lines = [json.dumps(each, ensure_ascii=ascii_only) for each in objects]
    path = write(folder, "own.jsonl", "".join(f"{line}\n" for line in lines))
    assert list(read_jsonl(path)) == list(enumerate(objects, 1))
    assert read_json(write(folder, "own.json", json.dumps(objects, ensure_ascii=ascii_only))) == objects


def test_blank_lines_line_ends_and_a_byte_order_mark_do_not_show(tmp_path):
    path = write(tmp_path, "own.jsonl", '\ufeff{"a": 1}\r\n\r\n  \n{"a": 2}')
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (4, {"a": 2})]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path):
    path = write(tmp_path, "own.jsonl", '{"a": "one\u2028two\x85three"}\n')
    assert list(read_jsonl(path)) == [(1, {"a": "one\u2028two\x85three"})]


@pytest.mark.parametrize(
    ("line", "problem"), [("{", "not JSON: "), ("[1]", "not a JSON object"), ("{} {}", "not JSON: Extra data")]
)
def test_a_line_that_holds_no_object_is_an_error_with_its_number(tmp_path, line, problem):
    path = write(tmp_path, "own.jsonl", f"{{}}\n{line}\n")
    with pytest.raises(DataError, match=rf"own\.jsonl:2: {problem}"):
        list(read_jsonl(path))


def test_lines_before_a_broken_one_are_read(tmp_path):
    rows = read_jsonl(write(tmp_path, "own.jsonl", '{"a": 1}\n{'))
    assert next(rows) == (1, {"a": 1})


@pytest.mark.parametrize("read", [read_json, lambda path: list(read_jsonl(path))])
def test_a_file_that_is_not_there_is_an_error(tmp_path, read):
    with pytest.raises(DataError, match=r"nowhere\.json: no such file"):
        read(tmp_path / "nowhere.json")
