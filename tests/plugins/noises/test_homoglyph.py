"""The noise that replaces letters by others that look alike."""

from __future__ import annotations

import unicodedata

import pytest

from tests.noising.texts import SENTENCES, changed, of
from xharness_plugins.noises.homoglyph import HOMOGLYPH
from xharness_plugins.noises.tables import rows

PAIRS = [(letter, other) for _, letter, alike in rows("homoglyphs.tsv") for other in alike]


def nfkc(text):
    return unicodedata.normalize("NFKC", text)


def test_targets_are_other_letters_also_under_nfkc():
    for letter, other in PAIRS:
        assert letter != other
        assert nfkc(letter) != nfkc(other) == other
        assert max(letter, other) <= "\uffff"
        assert {unicodedata.category(letter)[0], unicodedata.category(other)[0]} == {"L"}
        assert unicodedata.bidirectional(letter) == unicodedata.bidirectional(other)


def test_well_known_pairs_are_there():
    assert {("a", "а"), ("о", "o"), ("ο", "o"), ("P", "Р"), ("ロ", "口"), ("ด", "ค")} <= set(PAIRS)


@pytest.mark.parametrize("language", ["en", "ru", "el", "th"])
def test_each_edit_replaces_one_letter_of_the_table(language):
    edits = list(HOMOGLYPH.edits(of(SENTENCES[language], HOMOGLYPH, 5, language)))
    assert edits
    for edit in edits:
        before = SENTENCES[language][edit.start : edit.end]
        assert (before[0], edit.after[0]) in PAIRS
        assert before[1:] == edit.after[1:]


def test_marks_of_a_letter_stay():
    text = "e\u0301e\u0301"
    noisy = changed(text, HOMOGLYPH, 3)
    assert noisy != text
    assert noisy.count("\u0301") == 2


@pytest.mark.parametrize("language", ["ar", "he", "hi", "bn", "gu", "pa", "my", "ka", "ko"])
def test_scripts_with_few_pairs_are_left_out(language):
    assert "look like" in HOMOGLYPH.applies(language)


@pytest.mark.parametrize("language", ["en", "vi", "bg", "el", "zh", "ja", "th", "te"])
def test_it_applies_to_scripts_with_pairs(language):
    assert HOMOGLYPH.applies(language) is None
