"""Filling the slots of texts with a language model, in batches: each slot with one of its choices.

A choice is read token by token: of the tokens that some remaining choice has next, the model's most likely one is
taken, until one choice remains. What was read stays in the cache of keys and values. All texts of a batch read the same
number of tokens at a time, so that no padding comes between tokens, which layers with a sliding window would count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from xharness.engine.batches import token_budget_batches
from xharness.engine.inference import ahead
from xharness.engine.readers import Reader

if TYPE_CHECKING:
    from torch import Tensor

_WINDOW = 512
"""Forms of a window."""


class Blank(NamedTuple):
    """A slot as token ids: what comes before it, and its choices.

    No choice is empty or the beginning of another; of such choices the shorter one is taken.
    """

    before: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Return the largest number of tokens of the slot and of what comes before it."""
        return len(self.before) + max(map(len, self.choices))

    def filled(self, choice: int) -> tuple[tuple[tuple[int, ...], bool], tuple[tuple[int, ...], bool]]:
        """Return the tokens before the slot, which answer nothing, and those of a choice, which do."""
        return (self.before, False), (self.choices[choice], True)


class Form(NamedTuple):
    """A text with slots as token ids; the context is not empty."""

    context: tuple[int, ...]
    blanks: tuple[Blank, ...]


@dataclass
class _Filling:
    """A form that is being filled.

    `unread` are the tokens that the model has yet to read; `left` are the choices that remain for the current slot, and
    `depth` is how many of their tokens are known.
    """

    form: Form
    unread: list[int] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        self._open()
        self._settle()

    @property
    def done(self) -> bool:
        """Return whether all slots are filled."""
        return len(self.chosen) == len(self.form.blanks)

    def options(self) -> list[int]:
        """Return the tokens that may come next."""
        choices = self.form.blanks[len(self.chosen)].choices
        return list(dict.fromkeys(choices[number][self.depth] for number in self.left))

    def take(self, token: int) -> None:
        """Take a token of the current slot, and all tokens after it that leave no choice."""
        self._narrow(token)
        self._settle()

    def _narrow(self, token: int) -> None:
        choices = self.form.blanks[len(self.chosen)].choices
        self.left = [number for number in self.left if choices[number][self.depth] == token]
        self.unread.append(token)
        self.depth += 1

    def _settle(self) -> None:
        while not self.done:
            choices = self.form.blanks[len(self.chosen)].choices
            ended = [number for number in self.left if len(choices[number]) == self.depth]
            if ended or len(self.left) == 1:
                [number, *_] = ended or self.left
                self.unread.extend(choices[number][self.depth :])
                self.chosen.append(number)
                self._open()
            elif len(options := self.options()) == 1:
                self._narrow(options[0])
            else:
                return

    def _open(self) -> None:
        if not self.done:
            blank = self.form.blanks[len(self.chosen)]
            self.unread.extend(blank.before)
            self.left, self.depth = list(range(len(blank.choices))), 0


@dataclass
class Filler:
    """Fills slots with a model that reads texts.

    `budget` is the largest number of tokens in a batch, padding included. With `exact` each form is computed alone.
    `on_tokens(n)` is called with the number of tokens computed, without padding.
    """

    reader: Reader
    budget: int
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None

    def fill(self, forms: Iterable[Form]) -> Iterator[list[int]]:
        """Yield the numbers of the choices for the slots of each form, in order."""
        for window in ahead(_windows(forms)):
            yield from self._window(window)

    def _window(self, window: list[Form]) -> list[list[int]]:
        import numpy as np
        import torch

        lengths = np.array([len(form.context) + sum(blank.size for blank in form.blanks) for form in window])
        results: dict[int, list[int]] = {}
        with torch.inference_mode():
            for batch in token_budget_batches(lengths, 1 if self.exact else self.budget):
                chosen = self._batch([window[number] for number in batch])
                results |= dict(zip(batch.tolist(), chosen, strict=True))
        return [results[number] for number in range(len(window))]

    def _batch(self, forms: Sequence[Form]) -> list[list[int]]:
        fillings = [_Filling(form) for form in forms]
        going = [filling for filling in fillings if not filling.done]
        if not going:
            return [filling.chosen for filling in fillings]
        begun = self.reader.begin([filling.form.context for filling in going], [filling.unread for filling in going])
        self._count(begun.computed)
        reading = begun.reading
        for filling, rest in zip(going, begun.rest, strict=True):
            filling.unread = rest
        while True:
            for filling, row in zip(going, reading.logits, strict=True):
                if not filling.unread:
                    filling.take(_likeliest(row, filling.options()))
            kept = [row for row, filling in enumerate(going) if not filling.done]
            if not kept:
                return [filling.chosen for filling in fillings]
            if len(kept) < len(going):
                going, reading = [going[row] for row in kept], reading.select(kept)
            step = min(len(filling.unread) for filling in going)
            reading = reading.read([filling.unread[:step] for filling in going])
            self._count(step * len(going))
            for filling in going:
                del filling.unread[:step]

    def _count(self, tokens: int) -> None:
        if self.on_tokens:
            self.on_tokens(tokens)


def _likeliest(logits: Tensor, options: Sequence[int]) -> int:
    """Return the token with the highest logit, the first one of equals."""
    return options[int(logits[list(options)].argmax())]


def _windows(forms: Iterable[Form]) -> Iterator[list[Form]]:
    rest = iter(forms)
    while window := list(islice(rest, _WINDOW)):
        yield window
