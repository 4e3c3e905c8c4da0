"""Generation with a causal language model, in batches of about one length; a finished text leaves its batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from xharness.engine.batches import token_budget_batches
from xharness.engine.decoder import extend, prefill
from xharness.engine.drawing import Draw
from xharness.engine.inference import ahead

if TYPE_CHECKING:
    import torch

_WINDOW = 512
"""Prompts of a window."""


class Ask(NamedTuple):
    """A prompt as token ids, the largest number of tokens to generate after it, and texts that end it.

    With `draw` tokens are drawn; else the most likely ones are taken.
    """

    prompt: tuple[int, ...]
    most: int
    stops: tuple[str, ...] = ()
    draw: Draw | None = None


class Written(NamedTuple):
    """Generated token ids, without what ended them, and why they ended: `stop`, or `length` where they were cut."""

    ids: list[int]
    reason: str


@dataclass
class Generator:
    """Generates with a model on a device.

    `ends` are the ids of tokens that end a text; `decode(ids)` returns the text of ids, in which the stop texts of a
    prompt are looked for after any leading space.
    `budget` is the largest number of
    tokens in a batch of prompts with what may follow them, padding included.
    """

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    ends: frozenset[int]
    decode: Callable[[list[int]], str] = str
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None

    def generate(self, asked: Iterable[Ask]) -> Iterator[Written]:
        """Yield what is generated after each prompt, in order."""
        for window in ahead(_windows(asked)):
            yield from self._window(window)

    def _window(self, window: list[Ask]) -> list[Written]:
        import numpy as np
        import torch

        lengths = np.array([len(ask.prompt) + ask.most for ask in window])
        results: dict[int, Written] = {}
        with torch.inference_mode():
            for batch in token_budget_batches(lengths, 1 if self.exact else self.budget):
                written = self._batch([window[number] for number in batch])
                results |= dict(zip(batch.tolist(), written, strict=True))
        return [results[number] for number in range(len(window))]

    def _batch(self, batch: Sequence[Ask]) -> list[Written]:
        prefix = prefill(self.model, [ask.prompt for ask in batch], self.pad_id, self.device)
        self._count(sum(len(ask.prompt) for ask in batch))
        texts: list[list[int]] = [[] for _ in batch]
        reasons = ["length"] * len(batch)
        going = list(range(len(batch)))
        choose = _chooser(batch)
        while going:
            kept = self._step(choose(prefix.logits, going), going, texts, reasons, batch)
            going = [going[row] for row in kept]
            if not going:
                break
            prefix = prefix.select(kept) if len(kept) < len(prefix.mask) else prefix
            _, prefix = extend(self.model, prefix, [[texts[number][-1]] for number in going], self.pad_id)
            self._count(len(going))
        return [Written(ids, reason) for ids, reason in zip(texts, reasons, strict=True)]

    def _step(
        self,
        tokens: list[int],
        going: list[int],
        texts: list[list[int]],
        reasons: list[str],
        batch: Sequence[Ask],
    ) -> list[int]:
        """Add the next token to each text, and return the rows of those that are not finished."""
        kept = []
        for row, token in enumerate(tokens):
            number = going[row]
            if token in self.ends:
                reasons[number] = "stop"
                continue
            texts[number].append(token)
            if self._stopped(texts[number], batch[number].stops):
                reasons[number] = "stop"
            elif len(texts[number]) < batch[number].most:
                kept.append(row)
        return kept

    def _stopped(self, ids: list[int], stops: tuple[str, ...]) -> bool:
        text = self.decode(ids).lstrip() if stops else ""
        return any(stop in text for stop in stops)

    def _count(self, tokens: int) -> None:
        if self.on_tokens:
            self.on_tokens(tokens)


def _chooser(batch: Sequence[Ask]) -> Callable[[torch.Tensor, list[int]], list[int]]:
    """Return a function of logits, shape (rows, vocabulary), and the text of each row: the next token of each."""
    drawn = {number: (ask.draw, ask.draw.generator(ask.prompt)) for number, ask in enumerate(batch) if ask.draw}

    def choose(logits: torch.Tensor, numbers: list[int]) -> list[int]:
        tokens: list[int] = logits.argmax(dim=-1).tolist()
        for row, number in enumerate(numbers):
            if number in drawn:
                draw, random = drawn[number]
                tokens[row] = draw.token(logits[row], random)
        return tokens

    return choose


def _windows(asked: Iterable[Ask]) -> Iterator[list[Ask]]:
    rest = iter(asked)
    while window := list(islice(rest, _WINDOW)):
        yield window
