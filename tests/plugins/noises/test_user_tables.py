"""Noises with a table that the user gives: code_switch and error_table."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.noising.texts import changed
from xharness import DataError
from xharness_plugins.noises.code_switch import CODE_SWITCH
from xharness_plugins.noises.error_table import ERROR_TABLE
from xharness_plugins.noises.user_tables import cased, lowered


@pytest.fixture
def table(tmp_path):
    def write(content, name="table.tsv"):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        return str(path)

    return write


def switched(text, path, severity=5, language="de", **more):
    return changed(text, CODE_SWITCH, severity, language, params={"lexicon": path}, **more)


def misspelt(text, path, language="de", **more):
    return changed(text, ERROR_TABLE, 5, language, params={"table": path}, **more)


def test_words_become_their_translations_in_their_case(table):
    path = table("# de to en\n\nhund\tdog\nund\tand\n")
    for number in range(20):
        assert switched("Der Hund", path, example=number) == "Der Dog"
        assert switched("DER HUND!", path, example=number) == "DER DOG!"
    assert switched("Die Katze", path) == "Die Katze"


def test_entries_of_several_words_are_ignored(table):
    path = table("hund\tthe dog\nguten tag\thello\n")
    assert switched("Der Hund sagt guten tag", path) == "Der Hund sagt guten tag"


def test_each_of_several_translations_is_drawn(table):
    path = table("hund\tdog\nhund\thound\n")
    assert {switched("hund", path, example=number) for number in range(30)} == {"dog", "hound"}


def test_at_least_one_word_that_the_lexicon_has_is_translated(table):
    path = table("hund\tdog\n")
    for number in range(20):
        text = "der alte und der junge Hund von nebenan"
        assert switched(text, path, severity=1, example=number) == "der alte und der junge Dog von nebenan"


def test_a_folder_has_a_file_for_each_language(table, tmp_path):
    table("hund\tdog\n", "de.tsv")
    assert switched("hund", str(tmp_path)) == "dog"
    with pytest.raises(DataError, match=r"no file fr\.tsv in this folder, for the texts in 'fr'"):
        switched("chien", str(tmp_path), language="fr")


def test_a_line_with_too_few_fields_is_an_error_with_its_number(table):
    with pytest.raises(DataError, match=r"a\.tsv:2: expected word TAB translation, got 1 fields"):
        switched("hund", table("hund\tdog\nkatze cat\n", "a.tsv"))


def test_misspellings_are_drawn_as_often_as_they_were_made(table):
    path = table("nämlic\tnämlich\t1\nnähmlich\tnämlich\t3\nnie\tnämlich\t0\n")
    found = Counter(misspelt("nämlich", path, example=number) for number in range(400))
    assert set(found) == {"nämlic", "nähmlich"}
    assert 240 < found["nähmlich"] < 360


def test_a_misspelling_has_the_case_of_the_word(table):
    assert misspelt("Nämlich!", table("nähmlich\tnämlich\t3\n")) == "Nähmlich!"


def test_misspellings_of_another_length_are_ignored(table):
    assert misspelt("nämlich", table("nä\tnämlich\t3\n")) == "nämlich"


def test_a_count_that_is_no_number_is_an_error(table):
    with pytest.raises(DataError, match="the count 'many' of 'nähmlich' is not a whole number"):
        misspelt("nämlich", table("nähmlich\tnämlich\tmany\n"))


def test_turkish_words_are_lowered_by_their_own_rule():
    assert lowered("ISPARTA İÇİN", "tr") == "ısparta için"
    assert lowered("ISPARTA", "en") == "isparta"
    assert [cased("dog", like) for like in ("HUND", "Hund", "hund", "A")] == ["DOG", "Dog", "dog", "Dog"]
