"""Works, the units of a run that can go to another process, and their events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Work:
    """A training, merge, translation or embedding of a pool, or all predictions of one checkpoint and head.

    `needs` are the keys of works that must succeed first; a key that no work of the run has is already in the store.
    `title` describes the work in a few words. `plan` is the JSON text from which another process builds the plan of the
    run again, `jobs` are the keys of the plan's jobs to perform. `seconds` is the estimated time, 0 if unknown. All
    fields are plain values that can be pickled and written as JSON.
    """

    key: str
    needs: tuple[str, ...]
    title: str
    plan: str
    jobs: tuple[str, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Started:
    """A work starts."""


@dataclass(frozen=True)
class Tokens:
    """A model computed `n` more tokens, padding not counted."""

    n: int


@dataclass(frozen=True)
class Reported:
    """A training or translation reports its progress: `step`, `total_steps` and other JSON values."""

    report: Mapping[str, object]


@dataclass(frozen=True)
class Waiting:
    """A work waits or is retried; `what` is the reason in one line."""

    what: str


@dataclass(frozen=True)
class Done:
    """The artifact of a job is in the store.

    `seconds` is the time since the previous job of the same work, without the time of scoring. Scores of predictions
    are in the store too, unless `problem` has the reason why they could not be scored; `traceback` is that of an
    internal error.
    """

    job: str
    seconds: float
    problem: str | None = None
    traceback: str = ""


@dataclass(frozen=True)
class Failed:
    """A job failed; `reason` is one line. Without `job`, every unfinished job of the work failed.

    `traceback` is that of an internal error, "" for an error raised on purpose.
    """

    reason: str
    job: str | None = None
    traceback: str = ""


@dataclass(frozen=True)
class Ended:
    """A work ended, whether it succeeded or failed: its own seconds and the tokens that it computed."""

    seconds: float
    tokens: int


Event = Started | Tokens | Reported | Waiting | Done | Failed | Ended
"""What a work reports while it is done."""
Emit = Callable[[Event], None]
"""Receives the events of one work."""
EmitFor = Callable[[str, Event], None]
"""Receives the key of a work and one of its events."""


class Schedule:
    """The works of a run in the order in which they can start.

    A work can start when the works that it needs have succeeded; one that needs a failed work, directly or indirectly,
    never can. Not thread-safe.
    """

    def __init__(self, works: Iterable[Work]) -> None:
        self._waiting = {work.key: work for work in works}
        self._lacking = set(self._waiting)

    def take(self) -> Work | None:
        """Remove and return the first work that can start; None if none can before another ends."""
        for key, work in self._waiting.items():
            if self._lacking.isdisjoint(work.needs):
                return self._waiting.pop(key)
        return None

    def end(self, work: Work, ok: bool) -> None:
        """Record that a work ended, and whether it succeeded."""
        if ok:
            self._lacking.discard(work.key)
