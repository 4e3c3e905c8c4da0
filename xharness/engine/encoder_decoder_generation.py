"""Greedy generation with an encoder-decoder, in batches of about one length; a finished text leaves its batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from xharness.engine.batches import token_budget_batches
from xharness.engine.encoder_decoder import decode, encode
from xharness.engine.generation import Ask, Written
from xharness.engine.inference import ahead

if TYPE_CHECKING:
    import torch

_WINDOW = 512
"""Prompts of a window."""


@dataclass
class _Text:
    """A text that is being written: its prompt, its tokens, and why it ends."""

    ask: Ask
    ids: list[int] = field(default_factory=list)
    reason: str = "length"


@dataclass
class TargetGenerator:
    """Generates targets with a model on a device.

    `start` are the tokens before each target. `ends` are the ids of tokens that end a text; `decode(ids)` returns the
    text of ids, in which the stop texts of a prompt are looked for after any leading space. `budget` is the largest
    number of tokens in a batch of prompts with what may follow them, padding included.
    """

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    start: tuple[int, ...]
    ends: frozenset[int]
    decode: Callable[[list[int]], str] = str
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None

    def generate(self, asked: Iterable[Ask]) -> Iterator[Written]:
        """Yield what is generated for each prompt, in order."""
        for window in ahead(_windows(asked)):
            yield from self._window(window)

    def _window(self, window: list[Ask]) -> list[Written]:
        import numpy as np
        import torch

        lengths = np.array([len(ask.prompt) + ask.most for ask in window])
        texts = [_Text(ask) for ask in window]
        with torch.inference_mode():
            for batch in token_budget_batches(lengths, 1 if self.exact else self.budget):
                self._write([texts[number] for number in batch])
        return [Written(text.ids, text.reason) for text in texts]

    def _write(self, texts: list[_Text]) -> None:
        import torch

        encoded = encode(self.model, [text.ask.prompt for text in texts], self.pad_id, self.device)
        self._count(sum(len(text.ask.prompt) for text in texts))
        tokens = torch.tensor([self.start] * len(texts), device=self.device)
        cache = None
        while True:
            out = decode(self.model, encoded, tokens, past_key_values=cache, use_cache=True)
            self._count(tokens.numel())
            best = out.logits[:, -1].argmax(dim=-1).tolist()
            kept = [row for row, token in enumerate(best) if self._goes_on(texts[row], token)]
            if not kept:
                return
            cache = out.past_key_values
            if len(kept) < len(texts):
                cache.batch_select_indices(torch.tensor(kept, device=self.device))
                encoded, texts = encoded.select(kept), [texts[row] for row in kept]
            tokens = torch.tensor([[text.ids[-1]] for text in texts], device=self.device)

    def _goes_on(self, text: _Text, token: int) -> bool:
        """Add a token to a text; return whether the text is unfinished."""
        if token in self.ends:
            text.reason = "stop"
            return False
        text.ids.append(token)
        if self._stopped(text.ids, text.ask.stops):
            text.reason = "stop"
            return False
        return len(text.ids) < text.ask.most

    def _stopped(self, ids: list[int], stops: Sequence[str]) -> bool:
        text = self.decode(ids).lstrip() if stops else ""
        return any(stop in text for stop in stops)

    def _count(self, tokens: int) -> None:
        if self.on_tokens:
            self.on_tokens(tokens)


def _windows(asked: Iterable[Ask]) -> Iterator[list[Ask]]:
    rest = iter(asked)
    while window := list(islice(rest, _WINDOW)):
        yield window
