"""Lines of running text, and which of them are held out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import write
from xharness.data.texts import part, read_texts, text_rows
from xharness.errors import DataError


def read(path, split):
    return [row["text"] for row in read_texts((path,), "sw", split)]


def test_a_line_is_an_example_and_blank_ones_are_none():
    assert [row["text"] for row in text_rows([" a b \n\n \t\nc", "", "d"])] == ["a b", "c", "d"]


@given(st.lists(st.integers(), max_size=300))
def test_every_fiftieth_from_the_first_on_is_held_out(items):
    held, rest = list(part(items, "dev")), list(part(items, "train"))
    assert held == items[::50]
    assert len(held) + len(rest) == len(items)
    assert rest[:49] == items[1:50]


def test_lines_are_counted_without_the_blank_ones(tmp_path):
    path = write(tmp_path, "sw.txt", "".join(f"line {number}\n\n" for number in range(101)))
    assert read(path, "dev") == ["line 0", "line 50", "line 100"]
    assert len(read(path, "train")) == 98


def test_a_file_with_nothing_to_learn_is_an_error(tmp_path):
    path = write(tmp_path, "sw.txt", "alone\n")
    assert read(path, "dev") == ["alone"]
    with pytest.raises(DataError, match=r"sw\.txt: no example of language 'sw' for split 'train'"):
        read(path, "train")
