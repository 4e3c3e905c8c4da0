"""Words and their sub-words: what a tagger reads, and where each word's tag is read from.

Follows utils_preprocess.py and utils_tag.py of github.com/google-research/xtreme: words are tokenised alone, long
sentences are cut between words, and the first sub-word of a word speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.errors import BadRequest


@dataclass(frozen=True)
class Frame:
    """The special tokens that a tokenizer puts round one text, and round two: before, between and after."""

    single: tuple[list[int], list[int]]
    pair: tuple[list[int], list[int], list[int]]
    pair_types: tuple[int, int, int, int, int] | None


@dataclass(frozen=True)
class Piece:
    """A run of whole words that fits the model: ids with special tokens, and where each word begins in them."""

    ids: list[int]
    first: list[int]


def frame(tokenizer: Any) -> Frame:
    """Find the special tokens of a fast tokenizer by looking at what it does to short texts.

    `pair_types` are the token types of before, first, between, second and after; None where the model takes none.
    """
    one, two = tokenizer("a"), tokenizer("a", "a")
    before, _, after = _split(one, (0,))
    sides = _split(two, (0, 1))
    types = _split(two, (0, 1), two["token_type_ids"]) if "token_type_ids" in two else None
    return Frame(
        single=(before, after),
        pair=(sides[0], sides[2], sides[4]),
        pair_types=tuple(part[0] if part else 0 for part in types) if types else None,  # type: ignore[arg-type] # five parts, as Frame has
    )


def _split(encoding: Any, sides: tuple[int, ...], values: list[int] | None = None) -> list[list[int]]:
    """Cut an encoding into what stands before, in and after each side."""
    values = encoding["input_ids"] if values is None else values
    owners = encoding.sequence_ids(0)
    parts, at = [], 0
    for side in sides:
        start = owners.index(side)
        end = len(owners) - owners[::-1].index(side)
        parts += [values[at:start], values[start:end]]
        at = end
    return [*parts, values[at:]]


class WordEncoder:
    """Cuts sentences into pieces of at most `max_length` sub-words; each distinct word is tokenised once.

    A word without sub-words, or with more than a piece can hold, is the unknown token. No word is ever lost.
    """

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        """Prepare for a fast tokenizer; BadRequest where `max_length` leaves no room for words."""
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}
        framed = frame(tokenizer)
        self._before, self._after = framed.single
        # The official limit counts the special tokens of a pair but one: 128 - 2 for BERT, 128 - 3 for XLM-R.
        self.room = max_length - (sum(map(len, framed.pair)) - 1)
        if self.room < 1:
            raise BadRequest(f"max_length {max_length} leaves no room for words between the special tokens")
        unknown = next(
            (token for token in (tokenizer.unk_token_id, tokenizer.mask_token_id) if token is not None), None
        )
        if unknown is None:
            raise BadRequest("the tokenizer has no unknown token, which tagging needs for words it cannot spell")
        self._unknown = [unknown]

    def encode(self, sentences: Sequence[Sequence[str]]) -> list[list[Piece]]:
        """Return the pieces of each sentence; a sentence without words has none."""
        self._learn(word for words in sentences for word in words)
        return [self._pieces(words) for words in sentences]

    def _learn(self, words: Iterable[str]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._known]
        if not new:
            return
        encoded = self._tokenizer(
            [[word] for word in new],
            is_split_into_words=True,
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        for word, ids in zip(new, encoded, strict=True):
            fits = word.strip() and 0 < len(ids) <= self.room
            self._known[word] = ids if fits else self._unknown

    def _pieces(self, words: Sequence[str]) -> list[Piece]:
        pieces: list[Piece] = []
        ids: list[int] = []
        first: list[int] = []
        for word in words:
            found = self._known[word]
            if len(ids) + len(found) > self.room:
                pieces.append(self._piece(ids, first))
                ids, first = [], []
            first.append(len(self._before) + len(ids))
            ids.extend(found)
        return [*pieces, self._piece(ids, first)] if first else pieces

    def _piece(self, ids: list[int], first: list[int]) -> Piece:
        return Piece(ids=[*self._before, *ids, *self._after], first=first)
