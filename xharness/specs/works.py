"""Works: pieces of a run as plain values that can go to another process, and the events that say what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Work:
    """One training, merge, translation or embedding of a pool, or all predictions of one checkpoint and head.

    `needs` are keys of works that must end well first; a key that no work of the run has is in the store already.
    `title` says in a few words what is done. `plan` is the JSON text from which a process makes the plan of the run
    again, `jobs` the keys of the plan's jobs that are to be done. All are plain values: a work can be pickled, and
    written as JSON.
    """

    key: str
    needs: tuple[str, ...]
    title: str
    plan: str
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class Started:
    """A work begins."""


@dataclass(frozen=True)
class Tokens:
    """A model computed `n` more tokens, padding not counted."""

    n: int


@dataclass(frozen=True)
class Reported:
    """A training or translation reported a step: `step`, `total_steps`, and what else it says (JSON values)."""

    report: Mapping[str, object]


@dataclass(frozen=True)
class Waiting:
    """A work waits, or is tried again; `what` says why in one line."""

    what: str


@dataclass(frozen=True)
class Done:
    """The artifact of a job is in the store.

    `seconds` is the time since the job of the same work before it; of predictions, without the time of scoring. Scores
    are in the store too, unless `problem` says why predictions could not be scored; `traceback` is that of an internal
    error.
    """

    job: str
    seconds: float
    problem: str | None = None
    traceback: str = ""


@dataclass(frozen=True)
class Failed:
    """A job failed for a reason of one line; without `job`, every job of the work that is not done.

    `traceback` is that of an internal error, "" for an error raised on purpose.
    """

    reason: str
    job: str | None = None
    traceback: str = ""


@dataclass(frozen=True)
class Ended:
    """A work is over, done or failed: its own seconds, and the tokens that it computed."""

    seconds: float
    tokens: int


Event = Started | Tokens | Reported | Waiting | Done | Failed | Ended
Emit = Callable[[Event], None]
"""Takes the events of one work."""
EmitFor = Callable[[str, Event], None]
"""Takes the key of a work and one of its events."""


class Schedule:
    """The works of a run, each of which can start when those that it needs have ended well.

    A work that needs a failed one, or one that does, is never taken. Not for several threads at once.
    """

    def __init__(self, works: Iterable[Work]) -> None:
        self._waiting = {work.key: work for work in works}
        self._lacking = set(self._waiting)

    def take(self) -> Work | None:
        """Take out and return the first work that can start, None where none can before another ends."""
        for key, work in self._waiting.items():
            if self._lacking.isdisjoint(work.needs):
                return self._waiting.pop(key)
        return None

    def end(self, work: Work, ok: bool) -> None:
        """Note that a work has ended, and whether well."""
        if ok:
            self._lacking.discard(work.key)
