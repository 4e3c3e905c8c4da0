from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES, changed
from xharness import LANGUAGES
from xharness_plugins.noises.word_drop import WORD_DROP, function_words

NEGATIONS = {
    "en": "no not never", "de": "nicht kein keine nie", "fr": "ne pas non", "es": "no nunca", "ru": "не ни нет",
    "tr": "değil hayır", "ar": "لا لم لن", "hi": "नहीं मत न", "fi": "ei en et", "et": "ei", "hu": "nem ne", "sw": "si",
    "vi": "không", "he": "לא אין", "id": "tidak bukan", "pl": "nie", "el": "δεν μην", "bg": "не", "uk": "не",
    "qu": "mana", "yo": "kò", "wo": "du",
}  # fmt: skip


def test_every_spaced_language_but_quechua_has_a_list():
    spaced = {code for code, language in LANGUAGES.items() if language.spaced}
    assert spaced - set(function_words()) == {"qu"}
    assert set(function_words()) <= spaced


@pytest.mark.parametrize("language", NEGATIONS)
def test_no_list_has_a_negation(language):
    assert not function_words().get(language, frozenset()) & set(NEGATIONS[language].split())


@pytest.mark.parametrize("language", function_words())
def test_only_function_words_are_left_out_and_those_of_the_text_are(language):
    words = sorted(function_words()[language])
    text = " ".join(part for word in words for part in (word, "Xylophon")) + "."
    left = changed(text, WORD_DROP, 5, language).split()
    assert left.count("Xylophon") == len(words) - 1
    assert len(left) < 2 * len(words)


def test_a_word_goes_with_its_space():
    found = {changed("Ein Haus und Garten", WORD_DROP, 1, "de", example=number) for number in range(30)}
    assert found == {"Haus und Garten", "Ein Haus Garten"}


def test_the_last_word_and_words_with_punctuation_stay():
    assert changed("Garten, und, wer", WORD_DROP, 5, "de") == "Garten, und, wer"


def test_the_shortest_words_go_where_there_is_no_list():
    text = "Chay wasipi hatun runakuna tiyanku"
    assert {changed(text, WORD_DROP, 5, "qu", example=number) for number in range(30)} == {text.removeprefix("Chay ")}


def test_at_most_half_of_a_text_goes():
    text = "the of and to in on at by for it"
    assert len(changed(text, WORD_DROP, 5, "en")) >= len(text) / 2


def test_it_does_not_apply_without_spaces():
    assert WORD_DROP.applies("th") == "its texts have no spaces between words"
    assert WORD_DROP.applies("sw") is None
    assert SENTENCES["sw"] != changed(SENTENCES["sw"], WORD_DROP, 3, "sw")
