"""Lines of files: their ends, their encoding, and errors that name file and line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import INLINE, write
from xharness.data.lines import check_label, nonempty, read_lines
from xharness.errors import DataError


def texts(path):
    return [text for _, text in read_lines(path)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lf_and_crlf_end_a_line(tmp_path, end):
    path = write(tmp_path, "a.txt", f"one{end}{end}three{end}")
    assert list(read_lines(path)) == [(1, "one"), (2, ""), (3, "three")]


@pytest.mark.parametrize("mark", ["\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_nothing_else_ends_a_line(tmp_path, mark):
    path = write(tmp_path, "a.txt", f"one{mark}still one\n")
    assert texts(path) == [f"one{mark}still one"]


def test_one_line_end_is_removed_and_no_more(tmp_path):
    assert texts(write(tmp_path, "a.txt", "one\r\r\ntwo\r")) == ["one\r", "two"]


def test_the_last_line_needs_no_end(tmp_path):
    assert texts(write(tmp_path, "a.txt", "one\ntwo")) == ["one", "two"]


def test_spaces_at_either_end_of_a_line_are_kept(tmp_path):
    assert texts(write(tmp_path, "a.txt", "\t one \t\n")) == ["\t one \t"]


def test_an_empty_file_has_no_line(tmp_path):
    assert texts(write(tmp_path, "a.txt", "")) == []


def test_a_byte_order_mark_is_dropped_at_the_start_only(tmp_path):
    path = write(tmp_path, "a.txt", "\ufeffone\n\ufefftwo\n")
    assert texts(path) == ["one", "\ufefftwo"]


def test_bytes_that_are_not_utf8_are_an_error_with_file_and_line(tmp_path):
    path = write(tmp_path, "latin.txt", "eins\nKüche\n".encode("latin-1"))
    lines = read_lines(path)
    assert next(lines) == (1, "eins")
    with pytest.raises(DataError, match=r"latin\.txt:2: byte 2 of the line \(0xfc\) is not UTF-8"):
        next(lines)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.txt: no such file"):
        texts(tmp_path / "nowhere.txt")


def test_a_folder_in_place_of_a_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="cannot read the file: "):
        texts(tmp_path)


def test_an_unknown_label_is_an_error_that_lists_the_known(tmp_path):
    path = tmp_path / "a.tsv"
    assert check_label(path, 3, "yes", ("yes", "no")) == "yes"
    with pytest.raises(DataError, match=r"a\.tsv:3: unknown label 'maybe', expected one of yes, no"):
        check_label(path, 3, "maybe", ("yes", "no"))


def test_a_reader_that_finds_nothing_is_an_error(tmp_path):
    read = nonempty(lambda paths, language, split: iter(()))
    with pytest.raises(DataError, match=r"a\.tsv, .*b\.tsv: no example of language 'sw' for split 'dev'"):
        list(read((tmp_path / "a.tsv", tmp_path / "b.tsv"), "sw", "dev"))


def test_a_reader_that_finds_rows_is_left_alone(tmp_path):
    read = nonempty(lambda paths, language, split: iter([{"text": language}, {"text": split}]))
    assert list(read((tmp_path,), "sw", "dev")) == [{"text": "sw"}, {"text": "dev"}]


@given(lines=st.lists(INLINE), end=st.sampled_from(["\n", "\r\n"]), bom=st.booleans())
def test_lines_are_read_as_they_were_written(folder, lines, end, bom):
    mark = "\ufeff" if bom or (lines and lines[0].startswith("\ufeff")) else ""
    path = write(folder, "lines.txt", mark + "".join(line + end for line in lines))
    assert list(read_lines(path)) == list(enumerate(lines, 1))


@given(content=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(folder, content):
    path = write(folder, "bytes.txt", content)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        with pytest.raises(DataError, match="is not UTF-8"):
            texts(path)
    else:
        texts(path)
