"""Aligned translations, and the order in which Tatoeba is scored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import INLINE, write
from xharness.data.bitext import read_aligned, read_shuffled, sorted_queries
from xharness.errors import DataError


def pair(folder, foreign, english):
    return write(folder, "own.deu-eng.deu", foreign), write(folder, "own.deu-eng.eng", english)


def aligned(paths):
    return list(read_aligned(paths, "de", "test"))


def test_english_queries_are_sorted_and_know_the_line_of_their_translation(tmp_path):
    paths = pair(tmp_path, "Wo?\nAch!\nBald.\n", "Where?\nAh!\nSoon.\n")
    assert aligned(paths) == [
        {"query": "Ah!", "document": "Wo?", "gold": 1},
        {"query": "Soon.", "document": "Ach!", "gold": 2},
        {"query": "Where?", "document": "Bald.", "gold": 0},
    ]


def test_the_order_is_that_of_code_points(tmp_path):
    english = ["a", "B", "Z", "é", "'", "\U0001f600", "\uff21", ""]
    paths = pair(tmp_path, "".join(f"{number}\n" for number in range(8)), "".join(f"{line}\n" for line in english))
    assert [row["query"] for row in aligned(paths)] == ["", "'", "B", "Z", "a", "é", "\uff21", "\U0001f600"]


def test_equal_english_sentences_keep_their_order(tmp_path):
    paths = pair(tmp_path, "Eins\nZwei\nDrei\nVier\n", "b\na\nb\na\n")
    assert [(row["query"], row["gold"]) for row in aligned(paths)] == [("a", 1), ("a", 3), ("b", 0), ("b", 2)]


def test_lines_are_stripped_before_they_are_sorted(tmp_path):
    paths = pair(tmp_path, " Eins \r\nZwei\r\n", "  b\r\na\u00a0\r\n")
    assert aligned(paths) == [
        {"query": "a", "document": "Eins", "gold": 1},
        {"query": "b", "document": "Zwei", "gold": 0},
    ]


def test_a_blank_line_is_a_sentence(tmp_path):
    paths = pair(tmp_path, "Eins\n\n", "b\n\n")
    assert [(row["query"], row["gold"]) for row in aligned(paths)] == [("", 1), ("b", 0)]


def test_the_last_line_needs_no_end(tmp_path):
    assert len(aligned(pair(tmp_path, "Eins\nZwei", "b\na\n"))) == 2


@pytest.mark.parametrize("read", [read_aligned, read_shuffled])
def test_files_of_different_lengths_are_an_error(tmp_path, read):
    paths = pair(tmp_path, "Eins\nZwei\n", "a\n")
    with pytest.raises(DataError, match=r"own\.deu-eng\.eng: expected 2 lines, as in own\.deu-eng\.deu, got 1"):
        list(read(paths, "de", "test"))


@pytest.mark.parametrize("read", [read_aligned, read_shuffled])
def test_empty_files_are_an_error(tmp_path, read):
    with pytest.raises(DataError, match=r"own\.deu-eng\.deu, .*own\.deu-eng\.eng: no example"):
        list(read(pair(tmp_path, "", ""), "de", "test"))


def test_bytes_that_are_not_utf8_are_an_error_with_file_and_line(tmp_path):
    paths = pair(tmp_path, "Eins\nGrün\n".encode("latin-1"), "a\nb\n")
    with pytest.raises(DataError, match=r"own\.deu-eng\.deu:2: .*not UTF-8"):
        aligned(paths)


def test_files_that_are_not_aligned_keep_their_order_and_have_no_gold(tmp_path):
    paths = pair(tmp_path, "Eins \nZwei\n", "b\na\n")
    assert list(read_shuffled(paths, "de", "test")) == [
        {"query": "b", "document": "Eins", "gold": -1},
        {"query": "a", "document": "Zwei", "gold": -1},
    ]


@given(pairs=st.lists(st.tuples(INLINE, INLINE), min_size=1, max_size=8))
def test_the_gold_leads_from_each_query_to_its_translation(folder, pairs):
    # A byte order mark that is part of the first sentence needs one of the file's own before it.
    paths = pair(folder, *("\ufeff" + "".join(f"{text}\n" for text in side) for side in zip(*pairs)))
    rows = aligned(paths)
    documents = [row["document"] for row in rows]
    assert documents == [foreign.strip() for foreign, _ in pairs]
    assert [row["query"] for row in rows] == sorted(english.strip() for _, english in pairs)
    assert sorted(row["gold"] for row in rows) == list(range(len(pairs)))
    assert all(row["query"] == pairs[row["gold"]][1].strip() for row in rows)


@given(queries=st.lists(st.sampled_from("abc"), max_size=8))
def test_equal_queries_have_their_golds_in_rising_order(queries):
    rows = list(sorted_queries(queries, queries))
    assert [(row["query"], row["gold"]) for row in rows] == sorted((query, line) for line, query in enumerate(queries))
