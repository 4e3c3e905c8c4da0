"""Align words and tokens for tagging.

Follows utils_preprocess.py and utils_tag.py of github.com/google-research/xtreme: each word is tokenised on its own,
long sentences are split between words, and the tag of a word is predicted at its first token. A decoder sees no token
to the right, so the tag is predicted at the last token of a word, where the model has read the whole word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.errors import BadRequest


@dataclass(frozen=True)
class Frame:
    """The special tokens of a single text (before, after) and of a text pair (before, between, after)."""

    single: tuple[list[int], list[int]]
    pair: tuple[list[int], list[int], list[int]]
    pair_types: tuple[int, int, int, int, int] | None


@dataclass(frozen=True)
class Piece:
    """A part of a sentence that fits the model: ids with special tokens, and the position of one token of each word."""

    ids: list[int]
    words: list[int]


def frame(tokenizer: Any) -> Frame:
    """Return the special tokens of a fast tokenizer, found by tokenising short texts.

    `pair_types` are the token type ids of before, first, between, second and after; None if the model does not use
    them.
    """
    single, pair = tokenizer("a"), tokenizer("a", "a")
    before, _, after = _split(single, (0,))
    parts = _split(pair, (0, 1))
    types = _split(pair, (0, 1), pair["token_type_ids"]) if "token_type_ids" in pair else None
    return Frame(
        single=(before, after),
        pair=(parts[0], parts[2], parts[4]),
        pair_types=tuple(part[0] if part else 0 for part in types) if types else None,  # type: ignore[arg-type] # five parts, as Frame has
    )


def _split(encoding: Any, sides: tuple[int, ...], values: list[int] | None = None) -> list[list[int]]:
    """Split an encoding into the values before, in and after each text."""
    values = encoding["input_ids"] if values is None else values
    owners = encoding.sequence_ids(0)
    parts, at = [], 0
    for side in sides:
        start = owners.index(side)
        end = len(owners) - owners[::-1].index(side)
        parts += [values[at:start], values[start:end]]
        at = end
    return [*parts, values[at:]]


def space_before(tokenizer: Any) -> str:
    """Return what must be put before a word, so that it gets the tokens that it has after a space in running text.

    A space for tokenizers that ignore `add_prefix_space`, as those whose byte-level step follows another one; else "".
    """
    alone, twice = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a", "a a"))
    wanted = twice[len(alone) :]
    return next((before for before in ("", " ") if wanted and tokens_of(tokenizer, ["a"], before) == [wanted]), "")


def tokens_of(tokenizer: Any, words: Sequence[str], before: str) -> list[list[int]]:
    """Return the token ids of each word of a sentence, without special tokens; some words have none.

    `before` is put before each word, see `space_before`.
    """
    if not words:
        return []
    found: list[list[int]] = tokenizer(
        [[before + word] for word in words],
        is_split_into_words=True,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )["input_ids"]
    return found


class WordEncoder:
    """Split sentences into pieces of at most `max_length` tokens; each distinct word is tokenised once.

    A word without tokens, or with more tokens than fit in a piece, becomes the unknown token, so that no word is lost;
    the end-of-text token where the tokenizer has no unknown token. Words are tagged at their first token, with `last`
    at their last one.
    """

    def __init__(self, tokenizer: Any, max_length: int, *, last: bool = False) -> None:
        """Take a fast tokenizer; raise BadRequest if `max_length` leaves no room for words."""
        self._tokenizer, self._last = tokenizer, last
        self._known: dict[str, list[int]] = {}
        self._gap = space_before(tokenizer)
        framed = frame(tokenizer)
        self._before, self._after = framed.single
        # The official limit subtracts the special tokens of a pair, minus one: 128 - 2 for BERT, 128 - 3 for XLM-R.
        self.room = max_length - (sum(map(len, framed.pair)) - 1)
        if self.room < 1:
            raise BadRequest(f"max_length {max_length} leaves no room for words; use a larger max_length")
        known = (tokenizer.unk_token_id, tokenizer.mask_token_id, tokenizer.eos_token_id)
        unknown = next((token for token in known if token is not None), None)
        if unknown is None:
            raise BadRequest("the tokenizer has no unknown token; tagging needs one for words that it cannot encode")
        self._unknown = [unknown]

    def encode(self, sentences: Sequence[Sequence[str]]) -> list[list[Piece]]:
        """Return the pieces of each sentence; a sentence without words has no pieces."""
        self._tokenize(word for words in sentences for word in words)
        return [self._pieces(words) for words in sentences]

    def _tokenize(self, words: Iterable[str]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._known]
        for word, ids in zip(new, tokens_of(self._tokenizer, new, self._gap), strict=True):
            fits = word.strip() and 0 < len(ids) <= self.room
            self._known[word] = ids if fits else self._unknown

    def _pieces(self, words: Sequence[str]) -> list[Piece]:
        pieces: list[Piece] = []
        ids: list[int] = []
        marked: list[int] = []
        for word in words:
            tokens = self._known[word]
            if len(ids) + len(tokens) > self.room:
                pieces.append(self._piece(ids, marked))
                ids, marked = [], []
            marked.append(len(self._before) + len(ids) + (len(tokens) - 1 if self._last else 0))
            ids.extend(tokens)
        return [*pieces, self._piece(ids, marked)] if marked else pieces

    def _piece(self, ids: list[int], marked: list[int]) -> Piece:
        return Piece(ids=[*self._before, *ids, *self._after], words=marked)
