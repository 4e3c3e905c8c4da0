"""Shared by the predictors of all heads: tokenizing texts, and running examples through one stream in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from xharness.engine.inference import Sequence, Stream

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

_BLOCK = 1024
CHARACTERS = 32
"""Characters of a token, more than in any ordinary text."""
_WORD = 1024
"""Characters of a word, more than tokenizers split into tokens (WordPiece: 100)."""

T = TypeVar("T")


@dataclass(frozen=True)
class Predictor:
    """A model in memory, the stream that runs it, the settings to report with its results, and its tokenizer.

    A subclass has one method, with the name of its capability: a stream of examples in, of predictions out, in order.
    """

    model: Any
    stream: Stream
    about: Mapping[str, Any] = field(default_factory=dict)
    tokenizer: Any = field(default=None, kw_only=True)

    def token_ids(self, texts: list[str]) -> list[list[int]]:
        """Return the token ids of each text, without special tokens and uncut."""
        if not texts:
            return []
        encoded = self.tokenizer(texts, add_special_tokens=False, return_attention_mask=False, verbose=False)
        found: list[list[int]] = encoded["input_ids"]
        return found

    def describe(self) -> Mapping[str, Any]:
        """Return device, dtype, lengths, layer and heads as JSON values."""
        return self.about

    def logits(self, batch: dict[str, Tensor]) -> Tensor:
        """Return the model's logits for a batch."""
        logits: Tensor = self.model(**batch).logits
        return logits


class TextEncoder:
    """Turns texts and pairs of texts into token ids, at most `max_length` each; the longer text of a pair is cut first.

    `prompt` is put before every text.
    """

    def __init__(self, tokenizer: Any, max_length: int, prompt: str = "") -> None:
        self._tokenizer, self._max_length, self._prompt = tokenizer, max_length, prompt

    def __call__(self, texts: list[str], pairs: list[str | None] | None = None) -> list[Sequence]:
        """Return the ids and token types of texts; `pairs` are the second texts, None for a single text."""
        texts = [self._prompt + text for text in texts] if self._prompt else texts
        alone = [number for number in range(len(texts)) if pairs is None or pairs[number] is None]
        encoded = dict(zip(alone, self._encode([texts[number] for number in alone]), strict=True))
        if pairs is not None:
            paired = [number for number in range(len(texts)) if pairs[number] is not None]
            seconds = [pairs[number] or "" for number in paired]
            encoded |= dict(zip(paired, self._encode([texts[number] for number in paired], seconds), strict=True))
        return [encoded[number] for number in range(len(texts))]

    def cut_to(self, max_length: int) -> TextEncoder:
        """Return an encoder that reads at most `max_length` tokens of a text, and no more than this one."""
        return TextEncoder(self._tokenizer, min(max_length, self._max_length), self._prompt)

    def _encode(self, *texts: list[str]) -> list[Sequence]:
        if not texts[0]:
            return []
        if len(texts) == 1:
            begun = [list(map(self._beginning, texts[0]))]
        else:
            first, second = texts
            begun = [list(map(self._part, first, second)), list(map(self._part, second, first))]
        encoded = self._tokenizer(
            *begun, truncation="longest_first", max_length=self._max_length, return_attention_mask=False, verbose=False
        )
        types = encoded.get("token_type_ids") or [None] * len(texts[0])
        return [Sequence(ids or self._first(), kinds) for ids, kinds in zip(encoded["input_ids"], types, strict=True)]

    def _first(self) -> list[int]:
        """Return the token that an empty text has where the tokenizer adds none, as those of many decoders."""
        known = (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id, self._tokenizer.pad_token_id)
        return next(([token] for token in known if token is not None), [])

    def _beginning(self, text: str) -> str:
        """Return the part of a text that has its first tokens; memory and time to tokenize grow with the length.

        What follows changes the last tokens of a part at most, so one with twice the tokens begins with the right ones.
        """
        size = CHARACTERS * self._max_length
        while size < len(text) and self._tokenizer.truncation_side == "right":
            tokens = self._tokenizer(text[:size], add_special_tokens=False, verbose=False)["input_ids"]
            if len(tokens) >= 2 * self._max_length:
                return text[:size]
            size *= 4
        return text

    def _part(self, text: str, other: str) -> str:
        """Return the part of a text of a pair that has twice the tokens that are kept of it.

        Fast tokenizers make all combinations of the parts that they cut off the two texts of a pair. Of an odd number
        of tokens, the longer text keeps one more.
        """
        enough = 2 * self._max_length + (len(text) > len(other))
        right = self._tokenizer.truncation_side == "right"
        size = max(enough, _WORD)
        while enough < len(text):
            part = text[:size] if right else text[-size:]
            offsets = self._tokenizer(
                part, add_special_tokens=False, return_offsets_mapping=True, return_attention_mask=False, verbose=False
            )["offset_mapping"]
            if len(offsets) >= enough:
                return part[: offsets[enough - 1][1]] if right else part[offsets[-enough][0] :]
            if size >= len(text):
                break
            size *= 4
        return text


def grouped(
    items: Iterable[T],
    sequences: Callable[[T], list[Sequence]],
    run: Callable[[Iterator[Sequence]], Iterator[np.ndarray]],
) -> Iterator[tuple[T, list[np.ndarray]]]:
    """Run the sequences of every item through one stream; yield each item with its results, in order."""
    waiting: deque[tuple[T, int]] = deque()

    def feed() -> Iterator[Sequence]:
        for item in items:
            parts = sequences(item)
            waiting.append((item, len(parts)))
            yield from parts

    results = run(feed())
    held: list[np.ndarray] = []
    for result in results:
        while waiting[0][1] == 0:
            yield waiting.popleft()[0], []
        held.append(result)
        if len(held) == waiting[0][1]:
            yield waiting.popleft()[0], held
            held = []
    for item, _ in waiting:
        yield item, []


def probabilities(logits: np.ndarray) -> list[list[float]]:
    """Return the softmax of each row, shape (rows, classes), rounded to 6 digits."""
    import numpy as np

    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax: list[list[float]] = (scores / scores.sum(axis=1, keepdims=True)).round(6).tolist()
    return softmax


def blocks(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists of 1024, the last one shorter."""
    rest = iter(items)
    while block := list(islice(rest, _BLOCK)):
        yield block
