"""Models that read the texts of a batch piece by piece, all texts the same number of tokens at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from xharness.engine.decoder import Prefix, extend, prefill
from xharness.engine.encoder_decoder import Encoded, decode, encode

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Tokens = Sequence[Sequence[int]]
"""Token ids, a list for each text of a batch."""


class Reading(Protocol):
    """The texts of a batch so far; `logits` are those of the next token, float32 of shape (texts, vocabulary)."""

    @property
    def logits(self) -> Tensor:
        """Return the logits of the next token of each text."""

    def select(self, rows: Sequence[int]) -> Reading:
        """Return some of the texts; this batch is used up."""

    def read(self, tokens: Tokens) -> Reading:
        """Return the texts after the same number of further tokens each; this batch is used up."""


class Begun(NamedTuple):
    """Texts that begin: what was read, the first tokens that are not read yet, and how many were computed."""

    reading: Reading
    rest: list[list[int]]
    computed: int


class Reader(Protocol):
    """A model that begins texts."""

    def begin(self, contexts: Tokens, firsts: Tokens) -> Begun:
        """Begin texts after their contexts; `firsts` are the tokens that come next, of any number."""


@dataclass(frozen=True)
class CausalReader:
    """A causal language model on a device, for which the context is the beginning of the text."""

    model: Any
    device: torch.device
    pad_id: int

    def begin(self, contexts: Tokens, firsts: Tokens) -> Begun:
        """Read the first tokens with the contexts, since padding on the left comes before all of them."""
        whole = [(*context, *first) for context, first in zip(contexts, firsts, strict=True)]
        prefix = prefill(self.model, whole, self.pad_id, self.device)
        return Begun(_Causal(self, prefix), [[] for _ in whole], sum(map(len, whole)))


@dataclass(frozen=True)
class _Causal:
    reader: CausalReader
    prefix: Prefix

    @property
    def logits(self) -> Tensor:
        return self.prefix.logits

    def select(self, rows: Sequence[int]) -> _Causal:
        return _Causal(self.reader, self.prefix.select(rows))

    def read(self, tokens: Tokens) -> _Causal:
        _, longer = extend(self.reader.model, self.prefix, tokens, self.reader.pad_id)
        return _Causal(self.reader, longer)


@dataclass(frozen=True)
class TargetReader:
    """An encoder-decoder on a device, whose encoder reads the context; `start` are the tokens before each target."""

    model: Any
    device: torch.device
    pad_id: int
    start: tuple[int, ...]

    def begin(self, contexts: Tokens, firsts: Tokens) -> Begun:
        """Read the contexts and the start of the targets."""
        encoded = encode(self.model, contexts, self.pad_id, self.device)
        reading = self.decoded(encoded, [self.start] * len(contexts), None)
        computed = sum(map(len, contexts)) + len(self.start) * len(contexts)
        return Begun(reading, [list(first) for first in firsts], computed)

    def decoded(self, encoded: Encoded, tokens: Tokens, cache: Any) -> _Targets:
        """Return targets after tokens of the decoder."""
        import torch

        given = torch.tensor(tokens, device=self.device)
        out = decode(self.model, encoded, given, past_key_values=cache, use_cache=True)
        return _Targets(self, encoded, out.past_key_values, out.logits[:, -1].float())


@dataclass(frozen=True)
class _Targets:
    reader: TargetReader
    encoded: Encoded
    cache: Any
    logits: Tensor

    def select(self, rows: Sequence[int]) -> _Targets:
        import torch

        index = torch.tensor(rows, device=self.logits.device)
        self.cache.batch_select_indices(index)
        return _Targets(self.reader, self.encoded.select(rows), self.cache, self.logits[index])

    def read(self, tokens: Tokens) -> _Targets:
        return self.reader.decoded(self.encoded, tokens, self.cache)
