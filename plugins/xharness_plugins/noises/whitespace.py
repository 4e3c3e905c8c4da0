"""A space is deleted after a word, or inserted in it."""

from __future__ import annotations

from collections.abc import Iterator

from xharness import LANGUAGES, Edit, Noise, NoiseText, Word
from xharness_plugins.noises.letters import pick


def _edits(text: NoiseText) -> Iterator[Edit]:
    spaced = text.language not in LANGUAGES or LANGUAGES[text.language].spaced

    def editable(word: Word) -> bool:
        return len(word.clusters) > 1 or (spaced and _is_before_space(text, word))

    for word in text.selected(editable=editable):
        random = text.random(word)
        delete = random.random() < 0.5 or len(word.clusters) == 1
        if spaced and delete and _is_before_space(text, word):
            yield Edit(word.end, word.end + 1, "")
        elif len(word.clusters) > 1:
            place = 1 + pick(random, len(word.clusters) - 1)
            yield word.edit(place, place, " ")


def _is_before_space(text: NoiseText, word: Word) -> bool:
    """Return whether one space is between a word and the next."""
    after = text.text[word.end : word.end + 2]
    return len(after) > 1 and after[0] == " " and not after[1].isspace() and text.is_free(word.end, word.end + 1)


WHITESPACE = Noise(
    name="whitespace",
    summary="a space after a word is deleted, or one is inserted in it; only inserted where words have no spaces",
    family="whitespace",
    edits=_edits,
    words_kept=False,
    core=True,
)
