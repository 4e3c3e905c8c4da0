"""The noise of Unicode normal forms."""

from __future__ import annotations

import unicodedata

import pytest

from tests.noising.texts import SENTENCES, changed
from xharness_plugins.noises.nf_form import NF_FORM


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_the_text_is_the_same_under_a_normal_form(language, severity):
    text = SENTENCES[language]
    noisy = changed(text, NF_FORM, severity, language)
    form = "NFC" if severity < 3 else "NFKC"
    assert unicodedata.normalize(form, noisy) == unicodedata.normalize(form, text)


def test_words_are_decomposed_and_widened():
    text = "Köche und Äpfel"
    assert changed(text, NF_FORM, 2, "de") == unicodedata.normalize("NFD", text)
    assert changed(text, NF_FORM, 5, "de") == "Ｋｏ\u0308ｃｈｅ ｕｎｄ Ａ\u0308ｐｆｅｌ"
    assert "ｕｎｄ" not in changed(text, NF_FORM, 2, "de")


def test_hangul_is_decomposed():
    assert changed("한국", NF_FORM, 2, "ko") == unicodedata.normalize("NFD", "한국")
