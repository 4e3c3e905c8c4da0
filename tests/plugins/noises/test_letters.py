from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.noising.texts import SENTENCES, changed, of
from xharness import LANGUAGES
from xharness.noising.units import clusters
from xharness_plugins.noises import CHAR_DELETE, CHAR_INSERT, CHAR_SUBSTITUTE, CHAR_SWAP, TYPO_KEYBOARD, TYPO_MIX
from xharness_plugins.noises.alphabets import like
from xharness_plugins.noises.casing import capital, lower, upper


def drawn(text, noise, language="en", severity=1):
    """Return what 400 examples of a one-word text become, with how often."""
    return Counter(changed(text, noise, severity, language, example=number) for number in range(400))


def test_a_letter_is_deleted_but_never_the_first():
    assert set(drawn("abcd", CHAR_DELETE)) == {"acd", "abd", "abc"}
    assert set(drawn("ab", CHAR_DELETE)) == {"ab"}


def test_a_whole_cluster_is_deleted():
    assert set(drawn("नमस्तेनम", CHAR_DELETE, "hi")) == {"नस्तेनम", "नमनम", "नमस्तेम", "नमस्तेन"}


def test_a_letter_of_the_alphabet_is_inserted_after_any_letter():
    found = drawn("ab", CHAR_INSERT)
    assert {len(text) for text in found} == {3}
    assert {text.replace("a", "", 1).replace("b", "", 1) for text in found} == set("abcdefghijklmnopqrstuvwxyz")
    assert all(text[0] == "a" for text in found)
    assert all(text.isupper() for text in drawn("AB", CHAR_INSERT))


def test_a_letter_becomes_another_of_its_script_and_case():
    found = drawn("Ab", CHAR_SUBSTITUTE)
    assert {text[0] for text in found if text[1] == "b"} == set("BCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert {text[1] for text in found if text[0] == "A"} == set("acdefghijklmnopqrstuvwxyz")
    assert "Ab" not in found


def test_marks_stay_where_their_letter_becomes_another():
    for text in drawn("कि", CHAR_SUBSTITUTE, "hi") | drawn("किरा", CHAR_SUBSTITUTE, "hi"):
        assert text[1] == "ि"


def test_letters_of_turkish_keep_their_case():
    assert lower("IİĞ", "tr") == "ıiğ"
    assert upper("ıiğ", "az") == "IİĞ"
    assert lower("IĞ", "en") == "iğ"
    assert capital("ß", "de") == "ß"
    assert capital("i", "tr") == "İ"
    assert not any("i" in text or "ı" in text for text in drawn("KIZ", CHAR_INSERT, "tr"))
    assert any("İ" in text for text in drawn("KIZ", CHAR_INSERT, "tr"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_an_alphabet_that_covers_its_sentence(language):
    alphabet = like(next(filter(str.isalpha, SENTENCES.get(language, "e"))), language)
    assert len(alphabet) >= 15
    assert len(set(alphabet)) == len(alphabet)
    assert all(letter == lower(letter, language) for letter in alphabet)


def test_letters_of_another_script_become_letters_of_that_script():
    assert like("s", "ru") == like("s", "en")
    assert "ы" in like("ф", "ru")
    assert like("ф", "en") == ""
    assert set(like("あ", "ja")).isdisjoint(like("ア", "ja"))


def test_clusters_with_marks_are_swapped():
    assert set(drawn("किराने", CHAR_SWAP, "hi")) == {"किनेरा"}
    assert clusters("किनेरा") == ["कि", "ने", "रा"]


def test_typing_errors_come_in_the_stated_shares():
    """abcdef: what is shorter was missed, longer was added, the same letters were swapped, others hit wrongly."""
    kinds = Counter()
    for number in range(3000):
        text = changed("abcdef", TYPO_MIX, 1, example=number)
        kind = {5: "delete", 7: "insert"}.get(len(text), "transpose" if sorted(text) == list("abcdef") else "replace")
        kinds[kind] += 1
        assert text[0] == "a"
    shares = {kind: count / 3000 for kind, count in kinds.items()}
    expected = {"delete": 28 / 99, "insert": 15 / 99, "replace": 28 / 99, "transpose": 28 / 99}
    assert shares == pytest.approx(expected, abs=0.03)


def test_a_missed_key_of_a_syllable_is_written_as_an_input_method_does():
    assert {"가ㅂ", "갑ㅅ", "갓"} & set(drawn("사값", TYPO_MIX, "ko")) == set()
    found = set(drawn("값", TYPO_MIX, "ko") | drawn("갑사", TYPO_MIX, "ko"))
    assert {"가사", "갑ㅅ", "갑ㅏ"} & found


@given(st.text("각값한글ㅋㅏ", min_size=2, max_size=12))
def test_typing_errors_in_hangul_are_within_the_word(text):
    for noise in (TYPO_MIX, TYPO_KEYBOARD):
        for edit in noise.edits(of(text, noise, 5, "ko")):
            assert 0 <= edit.start <= edit.end <= len(text)


def test_a_mark_is_never_left_without_its_letter():
    for number in range(300):
        text = changed("किरा-िक e\u0301tat", TYPO_MIX, 5, "hi", example=number)
        assert not text.startswith("ि")
        assert "-ि" in text or "-" not in text or "-" in text.replace("-ि", "")
    assert all("e\u0301" in text for text in drawn("te\u0301ta", TYPO_KEYBOARD, "fr"))


def test_chinese_is_refused_where_a_word_is_too_short():
    for noise in (CHAR_DELETE, CHAR_SWAP):
        assert "two characters" in noise.applies("zh")
    assert "no alphabet" in CHAR_INSERT.applies("xx")
