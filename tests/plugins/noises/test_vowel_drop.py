"""The noise that deletes vowel signs."""

from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed
from xharness_plugins.noises.vowel_drop import VOWEL_DROP


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("hi", "पानी", {"पनी", "पान"}),
        ("ta", "கடிதம்", {"கடதம்"}),
        ("ml", "കത്ത് കാട്", {"കത്ത് കട്"}),
        ("th", "เดม", {"ดม"}),
        ("my", "စာရ", {"စရ"}),
        ("he", "שָׁלם", {"שׁלם", "שָלם"}),
        ("ar", "كتَب", {"كتب"}),
    ],
)
def test_one_sign_is_deleted(language, text, expected):
    found = {changed(text, VOWEL_DROP, 3, language, example=example) for example in range(20)}
    assert found == expected


def test_a_virama_is_never_deleted():
    text = SENTENCES["hi"]
    for example in range(20):
        assert changed(text, VOWEL_DROP, 5, "hi", example=example).count("\u094d") == text.count("\u094d")


def test_a_thai_vowel_before_a_mark_stays():
    assert changed("เ่กน", VOWEL_DROP, 5, "th") == "เ่กน"


def test_texts_without_points_stay():
    assert changed(SENTENCES["ar"], VOWEL_DROP, 5, "ar") == SENTENCES["ar"]


def test_it_applies_to_scripts_with_vowel_signs():
    assert [code for code in ("hi", "th", "my", "he", "ur", "te") if VOWEL_DROP.applies(code)] == []
    assert VOWEL_DROP.applies("ka") == "the script of Georgian has no vowel signs"
    assert VOWEL_DROP.applies("zh")
