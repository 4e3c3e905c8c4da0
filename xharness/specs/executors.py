"""What an executor declares: where the works of a run are performed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from xharness.specs.works import EmitFor, Work


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What the user asked for: the number of workers (None: the executor chooses) and the device.

    `device` is `auto` or a torch device, as `cpu`, `cuda` or `cuda:1`.
    """

    workers: int | None = None
    device: str = "auto"


class Perform(Protocol):
    """Performs a work; it can be pickled, and called in any process that sees the same store."""

    def __call__(self, work: Work, emit: EmitFor) -> bool:
        """Perform a work and say whether it ended well; emit its events, a failure and its reason among them.

        What was done before is not done again, so that a work can be performed a second time after its process died.
        Raises StoreError where something cannot be saved.
        """


class Run(Protocol):
    """Performs all works of a run."""

    def __call__(self, works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
        """Perform works, each after those that it needs, and return when all are over.

        `works` come in an order that one pass can follow; a work whose needs are done may start at any time
        (`Schedule` says which). `perform(work, emit)` does one, here or in another process. `emit(key, event)` may be
        called from any thread of the process that `run` is called in, and takes the events of each work in their order.
        Where a work ends otherwise than by `perform`, as when its process dies, the executor emits `Failed(reason)` for
        it. What needs a failed work is not performed, and needs no event: the runner records the reason. `resources`
        are to be respected as far as the executor can.

        KeyboardInterrupt, StoreError and whatever else `perform` or `emit` raises must leave `run`, with all that
        it started ended.
        """


@dataclass(frozen=True, kw_only=True)
class Executor:
    """An executor plugin. `parallel` says that it runs several works at once, so that `--workers` means something."""

    name: str
    summary: str
    run: Run
    parallel: bool = True
    api: int = 1
