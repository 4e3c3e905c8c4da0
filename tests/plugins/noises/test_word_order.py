from __future__ import annotations

import re

import pytest

from tests.noising.texts import SENTENCES, changed
from xharness_plugins.noises.word_order import WORD_ORDER


def test_two_words_change_places():
    found = {changed("eins zwei drei", WORD_ORDER, 1, "de", example=number) for number in range(30)}
    assert found == {"zwei eins drei", "eins drei zwei"}


def test_words_do_not_change_places_over_punctuation_or_numbers():
    text = "eins, zwei 3 drei - vier"
    assert changed(text, WORD_ORDER, 5, "de") == text


@pytest.mark.parametrize("language", ["en", "ar", "hi", "ko"])
def test_no_word_is_lost(language):
    text = SENTENCES[language]
    noisy = changed(text, WORD_ORDER, 5, language)
    assert noisy != text
    assert sorted(filter(str.isspace, noisy)) == sorted(filter(str.isspace, text))
    assert sorted(re.sub(r"[.,।]", "", noisy).split()) == sorted(re.sub(r"[.,।]", "", text).split())
