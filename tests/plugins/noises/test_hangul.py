from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness_plugins.noises.hangul import typed, written

SYLLABLES = [chr(number) for number in range(0xAC00, 0xD7A4)]


def test_every_syllable_is_written_again_from_its_keys():
    assert len(SYLLABLES) == 11172
    assert [written(typed(syllable)) for syllable in SYLLABLES] == SYLLABLES


@given(st.lists(st.sampled_from(SYLLABLES), max_size=8).map("".join))
def test_syllables_in_a_row_are_written_again_from_their_keys(text):
    assert written(typed(text)) == text


@pytest.mark.parametrize(
    ("text", "keys"), [("값", "ㄱㅏㅂㅅ"), ("까치", "ㄲㅏㅊㅣ"), ("의원", "ㅇㅡㅣㅇㅜㅓㄴ"), ("a가 ㅋ", "aㄱㅏ ㅋ")]
)
def test_syllables_are_taken_apart_into_their_keys(text, keys):
    assert typed(text) == keys


@pytest.mark.parametrize(
    ("keys", "text"),
    [("ㅏㄱ", "ㅏㄱ"), ("ㄱㅏㅛ", "가ㅛ"), ("ㄱㅏㄱㅅㅏ", "각사"), ("ㄱㅏㄲㅏ", "가까"), ("ㅋㅋ", "ㅋㅋ")],
)
def test_keys_are_written_as_an_input_method_does(keys, text):
    assert written(keys) == text


def test_syllables_agree_with_the_decomposition_of_unicode():
    leads = {unicodedata.normalize("NFD", syllable)[0]: typed(syllable)[0] for syllable in SYLLABLES}
    for lead, key in leads.items():
        assert unicodedata.name(lead).removeprefix("HANGUL CHOSEONG ") == unicodedata.name(key).removeprefix(
            "HANGUL LETTER "
        )
