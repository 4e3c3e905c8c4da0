"""JSON that others wrote: what is read, and the one line for what is not."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.errors import BadRequest, DataError
from xharness.foreign import (
    FLAG,
    NAME,
    NUMBER,
    PATH,
    TEXT,
    either,
    list_of,
    mismatch,
    object_of,
    parse_json,
    read_json,
    record,
    whole,
)  # fmt: skip

FORM = record(
    {
        "size": whole(1, 1000),
        "names": list_of(NAME),
        "files": object_of(PATH),
        "on": FLAG,
        "part": either(TEXT, NUMBER),
    },
    required=["size"],
)
VALID = {"size": 3, "names": ["a"], "files": {"x": "y/z"}, "on": True, "part": 2.5, "other": [{}], "nothing": None}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(folder, content):
    path = folder / "own.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_json(path, FORM)


def test_what_fits_is_read_as_it_is(tmp_path):
    assert read(tmp_path, VALID) == VALID
    assert read(tmp_path, {"size": 3, "on": None, "part": "text\n"}) == {"size": 3, "on": None, "part": "text\n"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"size": "3"}, "size: expected a whole number from 1 to 1,000, got '3'"),
        ({"size": True}, "size: expected a whole number from 1 to 1,000, got True"),
        ({"size": 0}, "size: expected a whole number from 1 to 1,000, got 0"),
        ({"size": 3.0}, "size: expected a whole number from 1 to 1,000, got 3.0"),
        ({"size": None}, "expected an object with size, got {"),
        ({"names": "a"}, "names: expected a list, got 'a'"),
        ({"names": ["a", ["b"]]}, "names > item 2: expected a text in one line, got ['b']"),
        ({"names": ["a\nb"]}, r"names > item 1: expected a text in one line, got 'a\nb'"),
        ({"files": {"x": "a" * 300}}, "files > x: expected a path, got 'aaa"),
        ({"files": {"x\ny": 3}}, r"files > 'x\ny': expected a path, got 3"),
        ({"files": ["x"]}, "files: expected an object, got ['x']"),
        ({"on": "true"}, "on: expected true or false, got 'true'"),
        ({"part": []}, "part: expected a text in valid Unicode or a number of at least 0, got []"),
        ({"part": float("nan")}, "part: expected a text in valid Unicode or a number of at least 0, got nan"),
        ({"part": "\ud800"}, r"part: expected a text in valid Unicode or a number of at least 0, got '\ud800'"),
    ],
)
def test_the_error_names_file_key_and_what_is_expected(tmp_path, change, problem):
    with pytest.raises(BadRequest) as raised:
        read(tmp_path, VALID | change)
    assert str(raised.value).startswith(f"{tmp_path / 'own.json'}: {problem}")
    assert str(raised.value).endswith("; correct the file, or download it again")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "own.json:1: not JSON: Expecting value"),
        (b"<html>", "own.json:1: not JSON: Expecting value"),
        (b'{"size": 3,\n]', "own.json:2: not JSON: Expecting property name"),
        (b'{"size":\n"\xff"}', "own.json:2: byte 0xff is not UTF-8"),
        (b"\xef\xbb\xbf{}", "own.json:1: not JSON: Unexpected UTF-8 BOM"),
        (b"[" * 200_000, "own.json: not read as JSON: lists or objects are nested too deep"),
        (b'{"a":' * 200_000, "own.json: not read as JSON: lists or objects are nested too deep"),
        (b'{"size": ' + b"1" * 5000 + b"}", "own.json: not read as JSON: Exceeds the limit (4300 digits)"),
        (b'{"size": 3, "size": 4}', "own.json: not read as JSON: the key 'size' has two values in one object"),
        (b"[]", "own.json: expected an object with size, got []"),
    ],
)
def test_what_is_no_json_is_refused_in_one_line(tmp_path, content, problem):
    with pytest.raises(BadRequest) as raised:
        read(tmp_path, content)
    assert problem in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1 and len(str(raised.value)) < 500


def test_a_key_given_twice_with_one_value_is_read(tmp_path):
    assert read(tmp_path, b'{"size": 3, "size": 3}') == {"size": 3}


def test_what_is_not_a_small_file_is_refused_unread(tmp_path):
    with pytest.raises(BadRequest, match="nowhere: no such file"):
        read_json(tmp_path / "nowhere", FORM)
    with pytest.raises(BadRequest, match="not a file"):
        read_json(tmp_path, FORM)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadRequest, match="pipe: not a file"):
        read_json(tmp_path / "pipe", FORM)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(BadRequest, match="large: 1,099,511,627,776 bytes, expected at most 268,435,456"):
        read_json(tmp_path / "large", FORM)


@given(value=VALUES, keys=st.lists(st.sampled_from([*VALID, "x"]), max_size=3))
def test_any_value_either_fits_or_is_named_in_one_line(value, keys):
    problem = mismatch(VALID | dict.fromkeys(keys, value), FORM)
    assert problem is None or "expected" in problem
    assert problem is None or (len(problem.splitlines()) == 1 and problem.encode())


def test_a_line_of_a_data_file_is_named(tmp_path):
    with pytest.raises(DataError, match="own:7: not JSON: Expecting"):
        parse_json("{", tmp_path / "own", 7)
    with pytest.raises(DataError, match="own:7: not read as JSON: lists or objects are nested too deep"):
        parse_json("[" * 100_000, tmp_path / "own", 7)
