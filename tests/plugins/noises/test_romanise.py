from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed
from xharness_plugins.noises.romanise import ROMANISE


@pytest.mark.parametrize(
    ("language", "text", "latin"),
    [
        ("ru", "Привет, мир!", "Privet, mir!"),
        ("el", "Καλημέρα", "Kalemera"),
        ("hi", "नमस्ते", "namaste"),
        ("ta", "வணக்கம்", "vanakkam"),
        ("ko", "안녕하세요", "annyeonghaseyo"),
    ],
)
def test_all_words_are_romanised_at_severity_5(language, text, latin):
    assert changed(text, ROMANISE, 5, language) == latin


def test_latin_words_stay_and_words_that_are_read_as_numbers():
    assert changed("naive Привет", ROMANISE, 5, "ru") == "naive Privet"
    assert changed("一百", ROMANISE, 5, "zh") == "一百"


def test_languages_in_latin_script_have_the_reason():
    assert ROMANISE.applies("vi") == "its script is Latin"
    assert ROMANISE.applies("zh") is None
    assert ROMANISE.applies("xx") == "no script is known for 'xx'"


@pytest.mark.parametrize("language", [code for code in SENTENCES if ROMANISE.applies(code) is None])
def test_no_space_is_added(language):
    assert len(changed(SENTENCES[language], ROMANISE, 5, language).split()) == len(SENTENCES[language].split())
