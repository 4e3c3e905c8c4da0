from __future__ import annotations

import unicodedata

import pytest

from tests.noising.texts import changed
from xharness import LANGUAGES
from xharness_plugins.noises.keyboards import applies, neighbours
from xharness_plugins.noises.tables import rows
from xharness_plugins.noises.typo_keyboard import TYPO_KEYBOARD


@pytest.mark.parametrize(
    ("language", "key", "near"),
    [
        ("en", "s", "adewxz"),
        ("en", "S", "ADEWXZ"),
        ("de", "z", "ghtu"),
        ("fr", "m", "lpù"),
        ("ru", "ф", "йцыя"),
        ("ru", "е", "акнп"),
        ("ar", "س", "شيثصئء"),
        ("hi", "क", "गतदरस"),
        ("kk", "қ", "зщұө"),
        ("ka", "ა", "ზსქწ"),
        ("tr", "ı", "ojku"),
        ("tr", "I", "OJKU"),
        ("tr", "İ", "ÜĞŞ"),
        ("ja", "カ", "キンエオスハ"),
        ("ja", "か", "きんえおすは"),
        ("ko", "ㄲ", "ㄸㅆ"),
    ],
)
def test_neighbours_are_those_of_the_keyboard_at_the_same_shift_level(language, key, near):
    assert set(neighbours(language)[key]) == set(near)


def test_keys_of_the_same_row_are_hit_nine_times_as_often():
    assert {key: neighbours("en")["s"].count(key) for key in "adewxz"} == {
        "a": 9,
        "d": 9,
        "e": 1,
        "w": 1,
        "x": 1,
        "z": 1,
    }


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"zh"}))
def test_neighbours_are_letters_of_the_script_and_mutual(language):
    near = neighbours(language)
    assert len(near) > 25
    for key, others in near.items():
        assert key not in others
        assert all(unicodedata.category(other)[0] in "LM" for other in others)
        if key == key.lower() and key.isalpha():
            assert all(key in near[other] for other in others)


def test_a_language_typed_through_an_input_method_or_unknown_is_refused():
    assert "input method" in applies("zh")
    assert "no keyboard layout" in applies("xx")


def test_words_in_latin_letters_are_typed_on_the_us_layout():
    assert set(neighbours("ru")["s"]) == set("adewxz")
    assert set(neighbours("de")["z"]) == set("ghtu")


@pytest.mark.parametrize("level", rows("layouts.tsv"), ids=lambda level: "-".join(level[:2]))
def test_no_row_has_more_keys_than_a_keyboard(level):
    assert [len(row.split(" ")) <= most for row, most in zip(level[2:], (13, 12, 12, 11), strict=True)] == [True] * 4


def test_the_first_key_is_hit_rightly_and_case_stays():
    found = {changed("HOUSE house", TYPO_KEYBOARD, 5, example=number) for number in range(50)}
    for text in found:
        upper, lower = text.split()
        assert upper.isupper() and upper[0] == "H" and len(upper) == 5
        assert lower.islower() and lower[0] == "h" and len(lower) == 5
    assert len(found) > 20
