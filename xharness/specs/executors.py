"""What an executor declares: where and in which order the works of a run are performed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from xharness.specs.params import Param
from xharness.specs.works import EmitFor, Work


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The resources that the user requests: the number of workers (None: the executor chooses) and the device.

    `device` is `auto` or a torch device, for example `cpu`, `cuda` or `cuda:1`. `store` is the folder of the store,
    `params` are the values of the executor's parameters.
    """

    workers: int | None = None
    device: str = "auto"
    store: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Perform(Protocol):
    """Performs a work. It can be pickled and called in any process that can read and write the same store."""

    def __call__(self, work: Work, emit: EmitFor) -> bool:
        """Perform a work, emit its events, and return whether it succeeded; a failure is emitted with its reason.

        Finished jobs are not repeated, so that a work can be performed again after its process died. Raises StoreError
        if something cannot be saved.
        """


class Run(Protocol):
    """Performs all works of a run."""

    def __call__(self, works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
        """Perform works, each after the works that it needs, and return when all have ended.

        `works` are in dependency order. A work may start as soon as the works that it needs have succeeded; `Schedule`
        returns such works. `perform(work, emit)` performs one, in this process or in another. `emit(key, event)` may be
        called from any thread of the process that calls `run`; the events of one work must be emitted in their order.
        If a work ends without returning from `perform`, for example because its process dies, the executor emits
        `Failed(reason)` for it. A work that needs a failed work is not performed and needs no event: the runner records
        the reason. The executor respects `resources` as far as it can.

        If `perform` or `emit` raises (KeyboardInterrupt, StoreError or any other exception), `run` ends all that it
        started and raises the exception.
        """


@dataclass(frozen=True, kw_only=True)
class Executor:
    """An executor plugin. `parallel`: it performs several works at once, so that `--workers` has an effect.

    `params` are its parameters, which a user sets with `--param`; they enter no keys.
    """

    name: str
    summary: str
    run: Run
    parallel: bool = True
    params: Mapping[str, Param] = field(default_factory=dict)
    api: int = 1
