"""The noise of punctuation."""

from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed, of
from xharness.noising.rows import Changing, RowNoiser
from xharness_plugins.noises.punct import PUNCT


@pytest.mark.parametrize(
    ("severity", "text", "expected"),
    [
        (1, "Yes, it is.", "Yes, it is"),
        (1, 'He said "Really?!"', 'He said "Really"'),
        (1, "no mark", "no mark"),
        (2, "Yes, it is: 3.14.", "Yes it is 3.14"),
        (2, "at 10:30, .5 or 1,000!", "at 10:30 .5 or 1,000"),
        (3, "Yes, it is.", "Yes,, it is.."),
    ],
)
def test_marks_are_deleted_and_doubled(severity, text, expected):
    assert changed(text, PUNCT, severity) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "So?", {"So？", "So؟"}),
        ("hi", "है।", {"है.", "है。", "है۔", "है။"}),
        ("el", "ναι;", {"ναι?", "ναι？", "ναι؟"}),
    ],
)
def test_marks_become_those_of_other_scripts(language, text, expected):
    assert {changed(text, PUNCT, 4, language, example=example) for example in range(40)} == expected


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_points_of_numbers_stay(severity):
    for example in range(20):
        noisy = changed("It is 3.14 or 2,5 now.", PUNCT, severity, example=example)
        assert "3.14" in noisy
        assert "2,5" in noisy


def test_marks_are_inserted_after_words():
    noisy = changed("one two three", PUNCT, 5, "ar")
    assert noisy != "one two three"
    assert set(noisy) - set("one two three") <= set(".،؟!؛:")
    assert not any(edit.start < edit.end for edit in PUNCT.edits(of(SENTENCES["en"], PUNCT, 5)))


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_no_word_of_a_tagged_sentence_becomes_empty(severity):
    words = ["Yes", ",", "it", "is", "e.g.", "?!", "."]
    how = Changing(
        name="punct",
        version=1,
        edits=PUNCT.edits,
        seeded_by=("t", "en", "test"),
        columns=("tokens",),
        severity=severity,
        settings=PUNCT.settings[severity],
    )
    noisy = RowNoiser(how, 0, {"tokens": words}).words("tokens", words)
    assert len(noisy) == len(words)
    assert all(noisy)


@pytest.mark.parametrize("text", ["...", "?!?!?!?!?!?!", "a!!!!!!!!!!!!!!"])
def test_texts_of_marks_keep_half(text):
    assert 2 * len(changed(text, PUNCT, 2)) >= len(text)
