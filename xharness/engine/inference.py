"""The one way through a model: sequences in, results out in the same order, computed in sorted batches.

Sequences are read ahead by a window of tokens, sorted by length within it and batched under a token budget, so that
hardly a pad token is computed; results are put back in order. Only a window is held in memory. The next window is
tokenised while this one is computed.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from xharness.engine.batches import token_budget_batches
from xharness.engine.memory import Trimmer
from xharness.errors import StageError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

    Step = Callable[[dict[str, Tensor]], Tensor]

# A window of so many batches, and so many tokens, is enough for hardly a pad token.
_WINDOW = 16
_AHEAD = 2**16

T = TypeVar("T")


class Sequence(NamedTuple):
    """One input of a model: ids, and token types where the model takes them."""

    ids: list[int]
    type_ids: list[int] | None


@dataclass
class Stream:
    """Runs sequences through a model on a device.

    `budget` is the number of tokens of a batch, padding included. With `exact` every sequence is a batch of its own, so
    that its result does not depend on what else is run. `on_tokens(n)` hears of real tokens computed. Where the memory
    runs out the budget is halved, for good.
    """

    device: torch.device
    pad_id: int
    budget: int = 2**12
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None
    _trim: Trimmer = field(default_factory=Trimmer, init=False, repr=False)

    def rows(self, sequences: Iterable[Sequence], step: Step) -> Iterator[np.ndarray]:
        """Yield float32 blocks of shape (k, ...) that, put together, hold one row of the step's results a sequence."""
        import numpy as np

        for window in ahead(windows(sequences, self._ahead())):
            yield np.stack(self._window(window, step, per_token=False))

    def tokens(self, sequences: Iterable[Sequence], step: Step) -> Iterator[np.ndarray]:
        """Yield for each sequence the step's results at its tokens, float32 of shape (tokens, ...)."""
        for window in ahead(windows(sequences, self._ahead())):
            yield from self._window(window, step, per_token=True)

    def _window(self, window: list[Sequence], step: Step, per_token: bool) -> list[np.ndarray]:
        import numpy as np
        import torch

        lengths = np.array([len(sequence.ids) for sequence in window])
        results: list[np.ndarray] = [np.empty(0)] * len(window)
        waiting: list[tuple[np.ndarray, Tensor]] = []

        def collect() -> None:
            indexes, output = waiting.pop(0)
            values = output.float().cpu().numpy()
            for index, row in zip(indexes, values, strict=True):
                # A copy, since a view would keep the whole padded batch alive.
                results[index] = row[: lengths[index]].copy() if per_token else row
            if self.device.type == "cpu":
                self._trim()
            if self.on_tokens:
                self.on_tokens(int(lengths[indexes].sum()))

        with torch.inference_mode():
            for indexes in token_budget_batches(lengths, self._size()):
                for part, output in self._forward(window, indexes, step):
                    waiting.append((part, output))
                    if len(waiting) > 1:  # an accelerator computes one batch while the one before is fetched
                        collect()
            while waiting:
                collect()
        return results

    def _ahead(self) -> int:
        return max(_WINDOW * self.budget, _AHEAD)

    def _size(self) -> int:
        return 1 if self.exact else self.budget

    def _forward(self, window: list[Sequence], indexes: np.ndarray, step: Step) -> Iterator[tuple[np.ndarray, Tensor]]:
        import torch

        try:
            yield indexes, step(self._batch([window[index] for index in indexes]))
            return
        except torch.cuda.OutOfMemoryError as error:
            if len(indexes) == 1:
                longest = len(window[indexes[0]].ids)
                raise StageError(f"out of memory on one input of {longest} tokens; use --param max_length") from error
        torch.cuda.empty_cache()
        self.budget = max(self._size() // 2, 1)
        middle = len(indexes) // 2
        for part in (indexes[:middle], indexes[middle:]):
            yield from self._forward(window, part, step)

    def _batch(self, sequences: list[Sequence]) -> dict[str, Tensor]:
        """Pad sequences to the longest."""
        import numpy as np
        import torch

        lengths = np.array([len(sequence.ids) for sequence in sequences])
        shape = (len(sequences), int(lengths.max()))
        real = np.arange(shape[1]) < lengths[:, None]

        def padded(values: list[list[int]], fill: int) -> Tensor:
            out = np.full(shape, fill, dtype=np.int64)
            out[real] = np.concatenate(values)
            return torch.from_numpy(out).to(self.device, non_blocking=True)

        batch = {"input_ids": padded([sequence.ids for sequence in sequences], self.pad_id)}
        types = [sequence.type_ids for sequence in sequences if sequence.type_ids is not None]
        if types:
            batch["token_type_ids"] = padded(types, 0)
        batch["attention_mask"] = torch.from_numpy(real.astype(np.int64)).to(self.device, non_blocking=True)
        return batch


def windows(sequences: Iterable[Sequence], tokens: int) -> Iterator[list[Sequence]]:
    """Cut a stream into lists of about `tokens` tokens."""
    window: list[Sequence] = []
    held = 0
    for sequence in sequences:
        window.append(sequence)
        held += len(sequence.ids)
        if held >= tokens:
            yield window
            window, held = [], 0
    if window:
        yield window


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items, the next of which is made in another thread meanwhile; errors of the maker are raised here."""
    made: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def put(entry: tuple[bool, T | BaseException | None]) -> None:
        while not stopped.is_set():
            try:
                made.put(entry, timeout=0.1)
                return
            except queue.Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put((True, item))
                if stopped.is_set():
                    return
            put((False, None))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised in the reader's thread
            put((False, error))

    maker = threading.Thread(target=make, name="xharness-ahead", daemon=True)
    maker.start()
    try:
        while True:
            more, item = made.get()
            if not more:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]  # an item where there is more
    finally:
        stopped.set()
        maker.join()
