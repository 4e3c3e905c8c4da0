"""The noise of upper and lower case."""

from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed
from xharness_plugins.noises.case import CASE


@pytest.mark.parametrize(
    ("language", "severity", "text", "expected"),
    [
        ("en", 1, "A Cat saw NASA.", "a cat saw nasa."),
        ("tr", 1, "ISPARTA İstanbul", "ısparta istanbul"),
        ("az", 4, "bilik ışıq", "BİLİK IŞIQ"),
        ("en", 4, "bilik", "BILIK"),
        ("el", 1, "ΟΔΟΣ ΣΟΦΟΣ Σ", "οδος σοφος σ"),
        ("el", 4, "σοφός", "ΣΟΦΌΣ"),
        ("de", 4, "Straße", "STRASSE"),
        ("en", 5, "letters and I", "LeTtErS AnD I"),
        ("ru", 5, "письмо", "ПиСьМо"),
    ],
)
def test_letters_change_case(language, severity, text, expected):
    assert changed(text, CASE, severity, language) == expected


def test_few_letters_change_case_at_random():
    text = SENTENCES["en"] * 20
    for severity, share, base in ((2, 0.05, text.lower()), (3, 0.1, text)):
        noisy = changed(text, CASE, severity)
        differing = sum(one != other for one, other in zip(noisy, base, strict=True))
        letters = sum(letter.isalpha() for letter in text)
        assert share / 2 < differing / letters < 2 * share
        assert noisy.lower() == text.lower()


def test_protected_letters_keep_their_case():
    assert changed("ask Anna in Paris", CASE, 4, protected=[(4, 8)]) == "ASK Anna IN PARIS"


def test_words_that_texts_share_change_alike():
    from xharness.noising.draws import Draws

    words = "the yellow submarines of the royal admiralty"
    more = {"shared": frozenset(words.split()), "tied": Draws("t")}
    one = changed(f"{words} arrived", CASE, 3, **more)
    other = changed(f"Yesterday, {words}", CASE, 3, column="other", **more)
    assert one.split()[:7] == other.split()[1:]
    assert one.split()[:7] != words.split()


@pytest.mark.parametrize("language", ["ka", "ar", "hi", "zh", "th", "ko"])
def test_it_does_not_apply_to_scripts_without_case(language):
    assert "case" in CASE.applies(language) or "capital" in CASE.applies(language)
