"""Tables of tab-separated lines: columns, headers, labels left out, and csv quotes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import INLINE, write
from xharness.data.tsv import pair_row, read_tsv, unquote, write_pairs
from xharness.errors import DataError

COLUMNS = ("first", "second", "label")


def rows(path, columns=COLUMNS, **options):
    return [row for _, row in read_tsv(path, columns, **options)]


def test_fields_come_by_the_names_of_their_columns(tmp_path):
    path = write(tmp_path, "a.tsv", "It rains.\tIt is wet.\tyes\nIt snows.\tIt is hot.\tno\n")
    assert list(read_tsv(path, COLUMNS)) == [
        (1, {"first": "It rains.", "second": "It is wet.", "label": "yes"}),
        (2, {"first": "It snows.", "second": "It is hot.", "label": "no"}),
    ]


@pytest.mark.parametrize("content", ["a\tb\tc\r\nd\te\tf\r\n", "a\tb\tc\nd\te\tf", "\ufeffa\tb\tc\nd\te\tf\n"])
def test_line_ends_and_a_byte_order_mark_do_not_show(tmp_path, content):
    result = rows(write(tmp_path, "a.tsv", content))
    assert [list(row.values()) for row in result] == [["a", "b", "c"], ["d", "e", "f"]]


def test_empty_fields_stay(tmp_path):
    assert rows(write(tmp_path, "a.tsv", "\t\t\n")) == [{"first": "", "second": "", "label": ""}]


def test_a_header_names_the_columns_in_any_order_and_more_of_them(tmp_path):
    path = write(tmp_path, "a.tsv", "label\tid\tsecond\tfirst\nyes\t7\tB\tA\n")
    assert list(read_tsv(path, COLUMNS, header=True)) == [
        (2, {"label": "yes", "id": "7", "second": "B", "first": "A"}),
    ]


@pytest.mark.parametrize("content", ["", "label\tfirst\nyes\tA\n"])
def test_a_header_that_lacks_a_column_is_an_error(tmp_path, content):
    path = write(tmp_path, "a.tsv", content)
    with pytest.raises(DataError, match=r"a\.tsv:1: expected .* columns first, second, label; missing: .*second"):
        rows(path, header=True)


@pytest.mark.parametrize(("line", "got"), [("a\tb", 2), ("a\tb\tc\td", 4), ("", 1)])
def test_another_number_of_columns_is_an_error_with_file_and_line(tmp_path, line, got):
    path = write(tmp_path, "a.tsv", f"a\tb\tc\n{line}\n")
    with pytest.raises(DataError, match=rf"a\.tsv:2: expected 3 columns \(first, second, label\), got {got}"):
        rows(path)


def test_a_whole_file_may_lack_the_optional_column(tmp_path):
    path = write(tmp_path, "a.tsv", "a\tb\nc\td\n")
    assert rows(path, optional="label") == [{"first": "a", "second": "b"}, {"first": "c", "second": "d"}]


@pytest.mark.parametrize(("lines", "expected"), [("a\tb\nc\td\te\n", 2), ("a\tb\tc\nd\te\n", 3)])
def test_a_file_with_the_optional_column_on_some_lines_is_an_error(tmp_path, lines, expected):
    path = write(tmp_path, "a.tsv", lines)
    with pytest.raises(DataError, match=rf"a\.tsv:2: expected {expected} columns"):
        rows(path, optional="label")


def test_the_optional_column_is_the_last_or_none(tmp_path):
    path = write(tmp_path, "a.tsv", "label\tfirst\tsecond\nA\tB\n")
    with pytest.raises(DataError, match=r"a\.tsv:2: expected 3 columns \(label, first, second\), got 2"):
        rows(path, header=True, optional="label")


def test_quotes_are_undone_where_a_csv_writer_made_them(tmp_path):
    path = write(tmp_path, "a.tsv", '"""Yes"", she said."\tHe sang "aloud".\t"no"\r\n')
    assert rows(path, quoted=True) == [{"first": '"Yes", she said.', "second": 'He sang "aloud".', "label": "no"}]


def test_quotes_are_characters_in_a_plain_table(tmp_path):
    path = write(tmp_path, "a.tsv", '"""Yes"", she said."\t"\tno\n')
    assert rows(path) == [{"first": '"""Yes"", she said."', "second": '"', "label": "no"}]


@pytest.mark.parametrize("field", ['"', '"""', '"open', 'close"', '"a" and "b"', 'an "inner" one', ""])
def test_a_field_that_no_csv_writer_makes_is_left_alone(field):
    assert unquote(field) == field


@pytest.mark.parametrize(("field", "text"), [('""', ""), ('""""', '"'), ('"a""b"', 'a"b'), ('"""a"""', '"a"')])
def test_a_field_that_a_csv_writer_makes_is_undone(field, text):
    assert unquote(field) == text


def test_a_pair_is_stripped_and_its_label_checked(tmp_path):
    path = tmp_path / "a.tsv"
    expected = {"text": "A", "text_pair": "B", "label": "yes"}
    assert pair_row(path, 4, " A ", "\u3000B\u00a0", "yes ", ("yes", "no")) == expected
    with pytest.raises(DataError, match=r"a\.tsv:4: unknown label 'perhaps'"):
        pair_row(path, 4, "A", "B", "perhaps", ("yes", "no"))


def test_a_pair_may_have_no_label(tmp_path):
    assert pair_row(tmp_path, 1, "A", "B", None, ("yes", "no"))["label"] is None


TABLE = st.lists(st.tuples(INLINE, INLINE, INLINE), min_size=1, max_size=8)


@given(table=TABLE)
def test_what_pythons_csv_writer_writes_is_read_back(folder, table):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter="\t").writerows(table)
    # A byte order mark that is part of the first text needs one of the file's own before it.
    path = write(folder, "csv.tsv", "\ufeff" + buffer.getvalue())
    assert [tuple(row.values()) for row in rows(path, quoted=True)] == table


@given(table=TABLE, end=st.sampled_from(["\n", "\r\n"]))
def test_a_plain_table_is_read_back(folder, table, end):
    path = write(folder, "plain.tsv", "\ufeff" + "".join("\t".join(row) + end for row in table))
    assert [tuple(row.values()) for row in rows(path)] == table


@given(text=INLINE)
def test_text_without_quotes_is_never_changed(text):
    plain = text.replace('"', "")
    assert unquote(plain) == plain


@given(st.lists(st.tuples(INLINE.map(lambda text: text.lstrip("\ufeff")), INLINE), min_size=1))
def test_written_pairs_are_read_again(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("pairs") / "a.tsv"
    made = [{"text": one, "text_pair": other, "label": "yes"} for one, other in pairs]
    write_pairs(path, made)
    names = ("text", "text_pair", "label")
    assert rows(path, names, quoted=True) == made


def test_pairs_without_labels_have_two_columns(tmp_path):
    write_pairs(tmp_path / "new" / "a.tsv", [{"text": '"a"', "text_pair": "b", "label": None}])
    assert (tmp_path / "new" / "a.tsv").read_bytes() == b'"""a"""\tb\n'
