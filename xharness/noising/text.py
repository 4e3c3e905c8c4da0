"""A text as a noise sees it: its words, the draws that are its own, and what of it may be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from random import Random
from typing import Any

from xharness.noising.draws import Draws
from xharness.noising.edits import Edit, Span
from xharness.noising.units import clusters, word_spans


@dataclass(frozen=True)
class Word:
    """A word that may be changed: characters `start` to before `end` of the text, and its number among the words."""

    number: int
    start: int
    end: int
    text: str

    @cached_property
    def clusters(self) -> list[str]:
        """Return the grapheme clusters of the word."""
        return clusters(self.text)

    def edit(self, first: int, last: int, after: str) -> Edit:
        """Return the edit that replaces the clusters from `first` to before `last`."""
        start = self.start + len("".join(self.clusters[:first]))
        return Edit(start, start + len("".join(self.clusters[first:last])), after)

    def replaced(self, after: str) -> Edit:
        """Return the edit that replaces the whole word."""
        return Edit(self.start, self.end, after)


@dataclass(frozen=True, kw_only=True)
class NoiseText:
    """One text of one example, and how strongly it is to be changed.

    `language` is its code; `column` the column of the example. `severity` is 1 to 5 and `settings` are those of the
    noise at this severity, with its parameters. `protected` are spans that must not change. `words_kept`: no space may
    be added or removed. `boundaries` are the spans of the words of a tagged sentence, empty elsewhere. `others` are the
    texts of the same column in other examples. `about` is what is asked of the text, as the question of a context, and
    `answers` are what must not be added to it; both are empty where nothing is asked. `draws` are the random numbers of
    this text. `shared` are words that other texts of the example have too: `tied` gives them the same edits in each.
    """

    text: str
    language: str
    column: str
    severity: int
    settings: Mapping[str, Any]
    draws: Draws
    protected: Sequence[Span] = ()
    words_kept: bool = False
    boundaries: Sequence[Span] = ()
    others: Sequence[str] = field(default=(), repr=False)
    about: str = ""
    answers: Sequence[str] = ()
    shared: frozenset[str] = frozenset()
    tied: Draws | None = None

    @cached_property
    def words(self) -> list[Word]:
        """Return the words that may be changed: at least two letters, no digit, not protected."""
        return [self._word(number) for number in range(len(self._spans))]

    @cached_property
    def _spans(self) -> list[Span]:
        spans = self._tagged if self.boundaries else word_spans(self.text, self.language)
        return [span for span in spans if self.is_free(*span)] if self.protected else list(spans)

    def _word(self, number: int) -> Word:
        start, end = self._spans[number]
        return Word(number, start, end, self.text[start:end])

    @property
    def _tagged(self) -> Iterable[Span]:
        for start, end in self.boundaries:
            own = list(word_spans(self.text[start:end], ""))
            if own:
                yield start + own[0][0], start + own[-1][1]

    def is_free(self, start: int, end: int) -> bool:
        """Return whether no character from `start` to before `end` is protected."""
        return not any(start < span[1] and end > span[0] for span in self.protected)

    def selected(self, rate: float | None = None, editable: Callable[[Word], bool] = lambda word: True) -> list[Word]:
        """Return the words to change: each with a probability of `rate` (by default that of the severity).

        Words that are not `editable` are left out. At least one is selected where there are others. What is selected at
        a rate is selected at each higher one.
        """
        if not self._spans:
            return []
        limit = self.settings["rate"] if rate is None else rate
        drawn = self.draws.uniform(len(self._spans))
        if self.tied:
            drawn = [self._own_draw(word, number) for word, number in zip(self.words, drawn, strict=True)]
        words = [self._word(place) for place, number in enumerate(drawn) if number < limit]
        return list(filter(editable, words)) or self._least(drawn, editable)

    def _least(self, drawn: Sequence[float], editable: Callable[[Word], bool]) -> list[Word]:
        """Return the editable word of the least number, if there is one."""
        words = map(self._word, sorted(range(len(drawn)), key=drawn.__getitem__))
        return list(islice(filter(editable, words), 1))

    def _own_draw(self, word: Word, drawn: float) -> float:
        return self.random(word).random() if word.text in self.shared else drawn

    def random(self, word: Word | int, edit: int = 0) -> Random:
        """Return the generator for an edit of a word, or of any other numbered part; valid until the next call."""
        if not isinstance(word, Word):
            return self.draws.of("w", word, "e", edit)
        if self.tied and word.text in self.shared:
            return self.tied.of("shared", word.text, "e", edit)
        return self.draws.of("w", word.number, "e", edit)
