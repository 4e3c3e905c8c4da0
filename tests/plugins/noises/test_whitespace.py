"""The noise of spaces."""

from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed, of
from xharness_plugins.noises.whitespace import WHITESPACE


@pytest.mark.parametrize("language", ["en", "ar", "ko", "vi"])
def test_spaces_are_deleted_and_inserted(language):
    text = SENTENCES[language]
    noisy = [changed(text, WHITESPACE, 5, language, example=example) for example in range(10)]
    assert {line.replace(" ", "") for line in noisy} == {text.replace(" ", "")}
    edits = [edit for n in range(10) for edit in WHITESPACE.edits(of(text, WHITESPACE, 5, language, example=n))]
    assert {edit.after for edit in edits} == {"", " "}


@pytest.mark.parametrize("language", ["zh", "ja", "th", "my"])
def test_spaces_are_only_inserted_where_words_have_none(language):
    text = SENTENCES[language] + " ok go"
    for example in range(10):
        edits = list(WHITESPACE.edits(of(text, WHITESPACE, 5, language, example=example)))
        assert edits
        assert all(edit.start == edit.end and edit.after == " " for edit in edits)


def test_spaces_next_to_protected_spans_may_go_but_not_those_in_them():
    text = "see New York City now"
    for example in range(20):
        assert "New York City" in changed(text, WHITESPACE, 5, protected=[(4, 17)], example=example)
