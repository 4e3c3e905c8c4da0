"""The state of a saved plan that its workers share: leases, outcomes and lost workers, each a file of its own."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xharness.scale.plan_file import PlanFile
from xharness.specs.works import Work
from xharness.store.leases import Holder, Lease, Leases
from xharness.store.publishing import patient, publish
from xharness.store.writing import guarded, remove_abandoned, this_machine

_PAUSE, _SOON, _SHARE = 1.0, 0.2, 100
_TRIES = 5
"""Workers that may be lost while they perform the same work, before it fails."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a work ended, and who performed it. `events` has one list for each job: key, seconds, problem, traceback.

    `reason` is that of the work or of its first job that failed. `ok` says whether works that need it can start.
    """

    ok: bool
    reason: str | None
    seconds: float = 0.0
    tokens: int = 0
    events: list[list[Any]] = field(default_factory=list)
    host: str = field(default_factory=lambda: this_machine().partition("/")[0])
    pid: int = field(default_factory=os.getpid)


class Shared:
    """A saved plan and what its workers have done of it so far; `look` reads what is new."""

    def __init__(self, plan: PlanFile) -> None:
        self.plan = plan
        self.works = {work.key: work for work in plan.works}
        self.outcomes: dict[str, Outcome] = {}
        self._key_of = {_name(key): key for key in self.works}
        self._outcomes, self._lost = plan.folder / "outcomes", plan.folder / "lost"
        self.leases = Leases(plan.folder / "leases")
        with guarded(plan.folder):
            for folder in (self._outcomes, self._lost, self.leases.folder):
                folder.mkdir(parents=True, exist_ok=True)
                remove_abandoned(folder)
        self._needing: dict[str, list[str]] = {}
        for work in plan.works:
            for need in work.needs:
                self._needing.setdefault(need, []).append(work.key)
        self._looked = self._took = -math.inf
        self._waiting = dict(sorted(self.works.items(), key=lambda item: _rank(item[1])))
        self.look()

    def glance(self) -> None:
        """Look unless the last look was a moment ago: looking takes at most a hundredth of the time of a worker."""
        if time.monotonic() - self._looked >= max(_PAUSE, _SHARE * self._took):
            self.look()

    @property
    def patience(self) -> float:
        """Return the seconds that an idle worker waits before it looks again; looking takes a hundredth of them."""
        return max(_SOON, _SHARE * self._took)

    def look(self) -> list[str]:
        """Read the outcomes that are new and return the keys of their works; works that need a failed one fail too."""
        new, began = [], time.monotonic()
        for path in os.scandir(self._outcomes):
            key = self._key_of.get(path.name.removesuffix(".json"))
            if key and key not in self.outcomes and (outcome := _read(Path(path.path))):
                self._end(key, outcome)
                new.append(key)
        new += self._fail_dependants()
        self._looked = time.monotonic()
        self._took = self._looked - began
        return new

    def _settle(self, over: Mapping[str, Outcome]) -> None:
        for key, outcome in over.items():
            self._end(key, outcome)
        if not all(outcome.ok for outcome in over.values()):
            list(self._fail_dependants())

    def _end(self, key: str, outcome: Outcome) -> None:
        self.outcomes[key] = outcome
        self._waiting.pop(key, None)

    def _fail_dependants(self) -> Iterator[str]:
        failed = {key: each for key, each in self.outcomes.items() if not each.ok}
        for key, work in self.works.items() if failed else ():
            cause = next((failed[need] for need in work.needs if need in failed), None)
            if cause and key not in self.outcomes:
                failed[key] = Outcome(ok=False, reason=cause.reason, host=cause.host, pid=cause.pid)
                self._end(key, failed[key])
                yield key

    def take(self) -> tuple[Work, Lease] | None:
        """Return the longest work that is ready and that no other process performs, with its lease; None if none is."""
        found: tuple[Work, Lease] | None = None
        over: dict[str, Outcome] = {}
        for key, work in self._waiting.items():
            if not all(need not in self.works or need in self.outcomes for need in work.needs):
                continue
            lease = self.leases.take(_name(key))
            if lease is None:
                continue
            outcome = _read(self._path(key)) or self._given_up(work, lease)
            if outcome is None:
                found = work, lease
                break
            lease.release()
            over[key] = outcome
        self._settle(over)
        return self.take() if over and found is None else found

    def _given_up(self, work: Work, lease: Lease) -> Outcome | None:
        """Record that the previous worker was lost; fail a work that has lost too many."""
        name = _name(work.key)
        if lease.previous is None:
            return None
        publish(self._lost / f"{name}.{lease.previous.token}", b"")
        if len(list(self._lost.glob(f"{name}.*"))) < _TRIES:
            return None
        reason = f"{_TRIES} workers were killed while they performed it (out of memory?)"
        outcome = Outcome(ok=False, reason=reason, host=lease.previous.host, pid=lease.previous.pid)
        return self._publish(work.key, outcome)

    def finish(self, work: Work, outcome: Outcome) -> None:
        """Publish the outcome of a work; StoreError if it cannot be saved."""
        self._settle({work.key: self._publish(work.key, outcome)})

    def _publish(self, key: str, outcome: Outcome) -> Outcome:
        """Publish an outcome, and return the one that the plan has now."""
        publish(self._path(key), json.dumps(asdict(outcome)).encode())
        return _read(self._path(key)) or outcome

    def needed(self, key: str) -> bool:
        """Return whether an unfinished work needs the artifact with a key."""
        return any(other not in self.outcomes for other in self._needing.get(key, ()))

    @property
    def queue(self) -> list[Work]:
        """Return the works without an outcome, in the order in which they are taken."""
        return list(self._waiting.values())

    @property
    def over(self) -> bool:
        """Return whether every work has an outcome."""
        return not self._waiting

    def running(self) -> Iterator[tuple[Work, Holder]]:
        """Yield the works that processes perform now, as far as is known."""
        for name, holder in self.leases.holders():
            key = self._key_of.get(name)
            if key in self._waiting and not holder.gone:
                yield self.works[key], holder

    def reopen(self, keys: Collection[str]) -> None:
        """Forget the outcomes of works that are to be done again, and the lost workers and free leases of all."""
        with guarded(self.plan.folder):
            for key in keys & self.outcomes.keys():
                self._path(key).unlink(missing_ok=True)
                del self.outcomes[key]
                self._waiting[key] = self.works[key]
            for path in self._lost.iterdir():
                path.unlink(missing_ok=True)
        self.tidy()

    def tidy(self) -> None:
        """Remove the leases of processes of this machine that have ended, and those of works that are over."""
        for name, holder in list(self.leases.holders()):
            if holder.gone or self._key_of.get(name) not in self._waiting:
                self.leases.discard(name, holder)

    def failed(self) -> set[str]:
        """Return the keys of the works that failed, in whole or in part."""
        return {key for key, outcome in self.outcomes.items() if outcome.reason}

    def _path(self, key: str) -> Path:
        return self._outcomes / f"{_name(key)}.json"


def _rank(work: Work) -> int:
    """Return the place of a work in the queue: the longest first, within a factor of two in the order of the plan.

    Works of one row follow each other then, and a worker makes the plan of a row once and not for each work.
    """
    return -math.frexp(work.seconds)[1]


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _read(path: Path) -> Outcome | None:
    try:
        return Outcome(**json.loads(patient(path.read_bytes)))
    except (OSError, ValueError, TypeError):  # absent, or being written
        return None
