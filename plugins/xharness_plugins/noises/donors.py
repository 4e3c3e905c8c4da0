"""The sentences of other examples, of which a noise adds some to a text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from unicodedata import category, normalize

from xharness import LANGUAGES, NoiseText
from xharness_plugins.noises.user_tables import JOINERS

_END = re.compile(r"(?<=[.!?।؟۔။])\s+|(?<=[。！？])|\n+")
_SPACE = re.compile(r"\s+")
_LEAST_WORDS, _LEAST_LETTERS = 3, 6
_TRIES = 64


@dataclass(frozen=True)
class Donors:
    """Different sentences of a split, and the indexes of those that have a word, of words that few of them have."""

    sentences: Sequence[str]
    index: dict[str, list[int]]


@dataclass(frozen=True, eq=False)
class _Split:
    """The texts of a column of a split; two are equal where they are the same object."""

    texts: Sequence[str]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Split) and self.texts is other.texts

    def __hash__(self) -> int:
        return id(self.texts)


def donors(text: NoiseText) -> Donors:
    """Return the sentences of the other texts of a split."""
    return _donors(_Split(text.others), text.language)


@lru_cache(maxsize=2)
def _donors(split: _Split, language: str) -> Donors:
    texts = dict.fromkeys(filter(None, split.texts))
    sentences = list(dict.fromkeys(found for text in texts for found in _sentences(text, language)))
    index: defaultdict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(sentences):
        for word in _words(sentence, language):
            index[word].append(number)
    most = max(10, len(sentences) // 20)
    return Donors(sentences, {word: found for word, found in index.items() if len(found) <= most})


def ranked(text: NoiseText) -> Iterator[str]:
    """Yield sentences of other examples: those first that share most words with what is asked of a text.

    Common words do not count. Where nothing is asked or shared, they are drawn. None is part of the text or contains
    an answer.
    """
    own = donors(text)
    answers = [folded for folded in map(_folded, text.answers) if folded]
    seen = set()
    for number in _numbers(text, own):
        sentence = own.sentences[number]
        if number in seen or sentence in text.text or any(answer in _folded(sentence) for answer in answers):
            continue
        seen.add(number)
        yield sentence


def _numbers(text: NoiseText, own: Donors) -> Iterator[int]:
    shared: Counter[int] = Counter()
    for word in sorted(_words(text.about, text.language)):
        shared.update(own.index.get(word, ()))
    for _, group in groupby(shared.most_common(), key=lambda pair: pair[1]):
        yield from sorted((number for number, _ in group), key=lambda number: text.draws.of("donor", number).random())
    if own.sentences:
        drawn = text.draws.uniform(_TRIES)
        yield from (int(number * len(own.sentences)) for number in drawn)


def _sentences(text: str, language: str) -> Iterator[str]:
    """Yield the sentences of a text that are long enough; in Thai, which marks no end, the parts between spaces."""
    for part in (_SPACE if language == "th" else _END).split(text):
        sentence = " ".join("".join(letter for letter in part if _printable(letter)).split())
        long = len(sentence.split()) >= _LEAST_WORDS or (_unspaced(language) and len(sentence) >= _LEAST_LETTERS)
        if long and not category(sentence[0]).startswith("M"):
            yield sentence


def _printable(letter: str) -> bool:
    return letter.isspace() or letter in JOINERS or category(letter) not in ("Cc", "Cf", "Cs")


def _words(text: str, language: str) -> set[str]:
    """Return the words of a text in lower case; in a language without spaces, its pairs of letters."""
    folded = _folded(text)
    if _unspaced(language):
        return {folded[first : first + 2] for first in range(len(folded) - 1) if folded[first : first + 2].isalpha()}
    words = (re.sub(r"^\W+|\W+$", "", word) for word in folded.split())
    return {word for word in words if word}


def _unspaced(language: str) -> bool:
    return language in LANGUAGES and not LANGUAGES[language].spaced


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold()
