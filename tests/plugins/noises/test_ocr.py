"""The noise of optical character recognition."""

from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed, of
from xharness import LANGUAGES
from xharness.noising.edits import applied, ordered
from xharness_plugins.noises.ocr import OCR


def found(text, language, severity=3, examples=200):
    return {changed(text, OCR, severity, language, example=example) for example in range(examples)}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "barn", {"6arn", "harn", "bam"}),
        ("en", "am", {"arn", "ann"}),
        ("fr", "éa", {"ea"}),
        ("ru", "яё", {"яе"}),
        ("el", "ωα", {"coα"}),
        ("he", "דא", {"רא"}),
        ("bn", "ডক", {"ড়ক"}),
        ("ko", "가나", {"카나", "갸나", "가냐", "갸냐"}),
        ("ko", "강릉", {"캉릉", "걍릉"}),
        ("ja", "シチ", {"ツチ"}),
        ("zh", "末来", {"未来"}),
    ],
)
def test_letters_become_what_they_look_like(language, text, expected):
    assert found(text, language) == expected


def test_vowel_signs_are_confused_too_but_none_comes_first():
    assert found("किनक", "hi") == {"कीनक"}
    assert found("ரக", "ta") == {"ரக"}
    assert found("கரக", "ta") == {"காக"}


def test_a_letter_with_a_nukta_is_not_confused_with_itself():
    """ড and a nukta are one letter: it may lose the nukta, and get no second one."""
    assert found("ক\u09a1\u09bc", "bn") == {"ক\u09a1"}


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_the_share_of_letters_is_that_of_the_severity(severity):
    text = "the old teacher had fully cleaned the blue table " * 60
    edits = ordered(OCR.edits(of(text, OCR, severity)), text)
    eligible = sum(letter in "olIiScehbuvft" for letter in text)
    assert 0.6 * OCR.settings[severity]["rate"] < len(edits) / eligible < 1.5 * OCR.settings[severity]["rate"]


def test_every_language_has_confusions():
    assert [code for code in LANGUAGES if OCR.applies(code)] == []
    assert OCR.applies("xx") == "no confusions are listed for the script of xx"


def test_words_that_texts_share_change_alike():
    from xharness.noising.draws import Draws

    words = "the yellow submarines of the royal admiralty office"
    more = {"shared": frozenset(words.split()), "tied": Draws("t")}
    one = changed(f"{words} xx", OCR, 5, **more)
    other = changed(f"xx {words}", OCR, 5, column="other", **more)
    assert one.split()[:8] == other.split()[1:]
    assert one.split()[:8] != words.split()


def test_hangul_stays_hangul():
    text = SENTENCES["ko"]
    noisy = applied(text, ordered(OCR.edits(of(text, OCR, 5, "ko")), text))
    assert all("가" <= letter <= "힣" for letter in noisy if letter.isalpha())
