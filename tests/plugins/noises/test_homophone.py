from __future__ import annotations

import pytest

from tests.noising.texts import changed
from xharness_plugins.noises.homophone import HOMOPHONE


def test_chinese_characters_keep_their_syllable_and_tone_in_their_word():
    from pypinyin import Style, lazy_pinyin

    found = {changed("银行", HOMOPHONE, 5, "zh", example=number) for number in range(60)}
    assert len(found) > 3
    for noisy in found:
        assert noisy != "银行"
        assert [lazy_pinyin(letter, style=Style.TONE3)[0] for letter in noisy.replace("行", "航")] == ["yin2", "hang2"]


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("きっと", {"きつと"}),
        ("ラーメン", {"ラアメン"}),
        ("おうさま", {"おおさま", "ぉうさま", "おぅさま", "をうさま"}),
        ("つづく", {"っづく", "つずく"}),
    ],
)
def test_kana_become_others_that_sound_alike(text, others):
    assert {changed(text, HOMOPHONE, 1, "ja", example=number) for number in range(60)} == others


def test_other_languages_have_the_reason():
    assert HOMOPHONE.applies("ko") == "homophones are known for zh and ja only"
    assert (HOMOPHONE.packages("zh"), HOMOPHONE.packages("ja")) == (("pypinyin",), ())
