from __future__ import annotations

from tests.noising.texts import SENTENCES, of
from xharness_plugins.noises import CHAR_SWAP


def test_words_are_selected_by_their_own_numbers():
    text = of(SENTENCES["en"], CHAR_SWAP, 3)
    drawn = text.draws.uniform(len(text.words))
    for rate in (0.0, 0.1, 0.5, 1.0):
        below = [word for word, number in zip(text.words, drawn, strict=True) if number < rate]
        least = text.words[drawn.index(min(drawn))]
        assert text.selected(rate) == (below or [least])


def test_words_that_cannot_be_edited_are_left_out_and_another_is_selected():
    text = of("an ox is by the river", CHAR_SWAP, 1)
    for rate in (0.0, 0.1, 0.5, 1.0):
        assert text.selected(rate, lambda word: word.text == "river") == [text.words[-1]]
    assert text.selected(1.0, lambda word: False) == []


def test_protected_words_are_not_selected():
    text = of("one two three", CHAR_SWAP, 5, protected=[(5, 6)])
    assert [word.text for word in text.words] == ["one", "three"]
    assert text.is_free(0, 4)
    assert not text.is_free(4, 7)
