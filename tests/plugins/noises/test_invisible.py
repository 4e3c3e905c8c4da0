"""The noises of characters that are not seen."""

from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed, of
from xharness.noising.edits import applied, ordered
from xharness.noising.units import clusters
from xharness_plugins.noises.bidi_control import BIDI_CONTROL
from xharness_plugins.noises.invisible import INVISIBLE

JOINERS = {"\u200c", "\u200d"}


def inserted(text, language, examples=60):
    return {
        edit.after
        for example in range(examples)
        for edit in INVISIBLE.edits(of(text, INVISIBLE, 5, language, example=example))
    }


@pytest.mark.parametrize("language", ["ar", "fa", "ur", "hi", "ta", "ml", "my"])
def test_no_joiner_stands_between_letters_that_it_shapes(language):
    found = inserted(SENTENCES.get(language, SENTENCES["ar"]), language)
    assert found == {"\u200b", "\u2060", "\u00ad"}


@pytest.mark.parametrize("language", ["en", "ru", "th", "zh", "ko"])
def test_any_of_the_characters_is_inserted_elsewhere(language):
    assert inserted(SENTENCES[language], language) == {"\u200b", "\u2060", "\u00ad"} | JOINERS


@pytest.mark.parametrize("language", SENTENCES)
def test_the_text_is_the_same_without_what_is_inserted(language):
    text = SENTENCES[language]
    edits = ordered(INVISIBLE.edits(of(text, INVISIBLE, 5, language)), text)
    assert all(edit.start == edit.end for edit in edits)
    starts = {0}
    for part in clusters(text):
        starts.add(max(starts) + len(part))
    assert {edit.start for edit in edits} <= starts


def shown(text):
    """Return a text as it is displayed: what is between the controls runs from right to left."""
    while "\u202e" in text:
        before, _, rest = text.partition("\u202e")
        inside, _, after = rest.partition("\u202c")
        text = before + "".join(reversed(clusters(inside))) + after
    return text


@pytest.mark.parametrize("language", ["en", "de", "ru", "el", "vi", "yo", "hi", "th", "ka", "ko", "zh"])
def test_swapped_letters_are_shown_as_before(language):
    text = SENTENCES[language]
    noisy = applied(text, ordered(BIDI_CONTROL.edits(of(text, BIDI_CONTROL, 5, language)), text))
    assert noisy != text
    assert shown(noisy) == text
    assert noisy.replace("\u202e", "").replace("\u202c", "") != text


def test_bidi_control_does_not_apply_to_right_to_left_scripts():
    assert BIDI_CONTROL.applies("ar") == "Arabic is written from right to left"
    assert BIDI_CONTROL.applies("en") is None
    assert changed("אב גד", BIDI_CONTROL, 5, "en") == "אב גד"
