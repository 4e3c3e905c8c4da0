"""The noise that removes diacritics."""

from __future__ import annotations

import unicodedata

import pytest

from tests.noising.texts import changed
from xharness_plugins.noises.mark_strip import MARK_STRIP


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("de", "fröhliche Straße", "frohliche Strasse"),
        ("pl", "Żółta łódź, ĄĘ", "Zolta lodz, AE"),
        ("tr", "ışık İstanbul", "isik Istanbul"),
        ("vi", "Đường phố người", "Duong pho nguoi"),
        ("yo", "ọ̀rẹ́ Olùkọ́", "ore Oluko"),
        ("fr", "cœur naïf où", "coeur naif ou"),
        ("el", "γράμμα ϊδιο", "γραμμα ιδιο"),
        ("uk", "її край", "іі краи"),
        ("hi", "ज़मीन यहाँ लड़कियों", "जमीन यहा लडकियो"),
        ("hi", "बड़े शिक्षक की", "बडे शिक्षक की"),
        ("bn", "তাঁর বড়", "তার বড"),
        ("gu", "અને માંથી", "અને માથી"),
        ("th", "ผู้ที่นี่", "ผูทีนี"),
        ("my", "သူ့မိတ်ဆွေ", "သူမိတ်ဆွေ"),
        ("ja", "友だちがペン", "友たちかヘン"),
        ("ar", "أخذ إلى آخر", "اخذ الى اخر"),
    ],
)
def test_marks_are_removed(language, text, plain):
    assert changed(text, MARK_STRIP, 5, language) == plain


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_word_loses_its_marks_in_each_normal_form(form):
    text = unicodedata.normalize(form, "fröhliche Köche")
    assert changed(text, MARK_STRIP, 5, "de") == "frohliche Koche"


def test_words_without_marks_to_remove_stay_as_they_are():
    """A decomposed vowel is not composed on the way."""
    text = "ক\u09c7\u09beন"
    assert changed(text, MARK_STRIP, 5, "bn") == text


def test_at_least_one_word_with_marks_is_changed():
    text = "der Hund und die Katze und das Pferd und die Kühe"
    for example in range(20):
        assert changed(text, MARK_STRIP, 1, "de", example=example).endswith("Kuhe")


def test_many_marks_do_not_shorten_a_text_below_half():
    text = "z" + "\u0301" * 20 + "algo"
    noisy = changed(text, MARK_STRIP, 5, "de")
    assert 2 * len(noisy) >= len(text)


@pytest.mark.parametrize("language", ["en", "sw", "he", "fa", "ka", "ko", "zh", "ru", "ta"])
def test_it_does_not_apply_where_texts_have_few_marks(language):
    assert MARK_STRIP.applies(language)


@pytest.mark.parametrize("language", ["de", "vi", "yo", "hi", "th", "ar", "uk", "ja"])
def test_it_applies_where_texts_have_marks(language):
    assert MARK_STRIP.applies(language) is None


def test_the_reason_says_how_many_marks_there_are():
    assert MARK_STRIP.applies("en") == "texts in English have few diacritics: 0.001 per letter, less than 0.01"
    assert "not known" in MARK_STRIP.applies("xx")
