"""Run sequences through a model in length-sorted batches, and yield the results in input order.

Sequences are read in windows of tokens, sorted by length within a window and batched under a token budget, so that
there is almost no padding. Only one window is in memory; the next one is tokenised while it is computed.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from xharness.engine.batches import token_budget_batches
from xharness.engine.finite import check_finite
from xharness.engine.memory import Trimmer
from xharness.errors import StageError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

    Step = Callable[[dict[str, Tensor]], Tensor]

# The size of a window in batches, and its minimum in tokens: enough to avoid almost all padding.
_WINDOW = 16
_AHEAD = 2**16

T = TypeVar("T")
_Buffer = queue.Queue[tuple[bool, Any]]


class Sequence(NamedTuple):
    """One input of a model: token ids, and optional token type ids."""

    ids: list[int]
    type_ids: list[int] | None


@dataclass
class Stream:
    """Run sequences through a model on a device.

    `budget` is the maximum number of tokens in a batch, padding included; it is halved, permanently, when memory runs
    out. With `exact` every batch holds one sequence, so that its result does not depend on the other inputs.
    `on_tokens(n)` is called with the number of tokens computed, padding excluded. Outputs that hold NaN or infinite
    values are a StageError.
    """

    device: torch.device
    pad_id: int
    budget: int = 2**12
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None
    _trim: Trimmer = field(default_factory=Trimmer, init=False, repr=False)

    def rows(self, sequences: Iterable[Sequence], step: Step) -> Iterator[np.ndarray]:
        """Yield float32 blocks of shape (k, ...), which together hold one row of step output per sequence."""
        import numpy as np

        for window in ahead(windows(sequences, self._ahead())):
            yield np.stack(self._window(window, step, per_token=False))

    def tokens(self, sequences: Iterable[Sequence], step: Step) -> Iterator[np.ndarray]:
        """Yield the step output at the tokens of each sequence, float32 of shape (tokens, ...)."""
        for window in ahead(windows(sequences, self._ahead())):
            yield from self._window(window, step, per_token=True)

    def _window(self, window: list[Sequence], step: Step, per_token: bool) -> list[np.ndarray]:
        import numpy as np
        import torch

        lengths = np.array([len(sequence.ids) for sequence in window])
        results: list[np.ndarray] = [np.empty(0)] * len(window)
        pending: list[tuple[np.ndarray, Tensor]] = []

        def collect() -> None:
            indexes, output = pending.pop(0)
            values = output.float().cpu().numpy()
            check_finite(
                values,
                lengths[indexes] if per_token else None,
                again=lambda: step(self._batch([window[index] for index in indexes])),
            )
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
                    pending.append((part, output))
                    if len(pending) > 1:  # an accelerator computes a batch while the previous one is copied back
                        collect()
            while pending:
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
                raise StageError(
                    f"out of memory on a single input of {longest} tokens; lower --param max_length"
                ) from error
        torch.cuda.empty_cache()
        self.budget = max(self._size() // 2, 1)
        middle = len(indexes) // 2
        for part in (indexes[:middle], indexes[middle:]):
            yield from self._forward(window, part, step)

    def _batch(self, sequences: list[Sequence]) -> dict[str, Tensor]:
        """Return a batch of sequences, padded to the longest."""
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
    """Split sequences into lists of about `tokens` tokens."""
    window: list[Sequence] = []
    count = 0
    for sequence in sequences:
        window.append(sequence)
        count += len(sequence.ids)
        if count >= tokens:
            yield window
            window, count = [], 0
    if window:
        yield window


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items while a thread prepares the next one; an exception of the iterable is raised here."""
    buffer: _Buffer = queue.Queue(maxsize=1)
    stopped = threading.Event()
    producer = threading.Thread(target=_produce, args=(items, buffer, stopped), name="xharness-ahead", daemon=True)
    producer.start()
    try:
        while True:
            more, item = buffer.get()
            if more:
                yield item
            elif item is None:
                return
            else:
                raise item
    finally:
        stopped.set()
        producer.join()


def _produce(items: Iterable[Any], buffer: _Buffer, stopped: threading.Event) -> None:
    """Put (True, item) for every item, then (False, None), or (False, the exception) that the iterable raised."""
    try:
        for item in items:
            _put((True, item), buffer, stopped)
            if stopped.is_set():
                return
        _put((False, None), buffer, stopped)
    except BaseException as error:  # noqa: BLE001 - every exception is raised again in the consumer's thread
        _put((False, error), buffer, stopped)


def _put(entry: tuple[bool, Any], buffer: _Buffer, stopped: threading.Event) -> None:
    """Put an entry as soon as there is room, unless the consumer has stopped."""
    while not stopped.is_set():
        try:
            buffer.put(entry, timeout=0.1)
            return
        except queue.Full:
            continue
