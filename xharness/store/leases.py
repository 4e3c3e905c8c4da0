"""Leases: they tell processes on all machines that share a folder what another process works on.

A lease is advice. It saves double work; results are right without it, because artifacts are published create-if-absent.
No clocks of other machines, file times or locks of the file system are used: a lease is a file that is created if
absent, in which its holder counts heartbeats. Whoever waits watches on its own clock whether the count changes.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xharness.store.publishing import patient, publish
from xharness.store.writing import process_is_gone, process_name, this_machine

SUFFIX = ".lease"
_DEFAULT = 60.0
_BEATS = 12
"""Heartbeats within the time after which a silent holder is given up."""
_DIGITS = 10


def stale_after() -> float:
    """Return the seconds without a heartbeat after which a lease is free: `$XHARNESS_STALE_AFTER`, or 60."""
    try:
        return max(0.1, float(os.environ.get("XHARNESS_STALE_AFTER", _DEFAULT)))
    except ValueError:
        return _DEFAULT


@dataclass(frozen=True)
class Holder:
    """The process that holds a lease: `since` is its start in UTC by the clock of its machine, for display only.

    `machine` identifies the machine and its process numbers, `about` has values of the holder.
    """

    host: str
    pid: int
    machine: str
    token: str
    since: str
    beat: str
    about: Mapping[str, Any]

    @property
    def gone(self) -> bool:
        """Return whether the process is known to have ended, which only its own machine knows."""
        return self.machine == this_machine() and process_is_gone(self.pid)


About = Callable[[Holder | None], Mapping[str, Any]]


class Lease:
    """A lease that this process holds until `release`; a thread counts its heartbeats.

    `previous` is the holder from which it was taken over, None if it was free.
    """

    def __init__(self, path: Path, mine: Holder, offset: int, previous: Holder | None) -> None:
        self.about, self.previous = mine.about, previous
        self._token, self._path, self._offset = mine.token, path, offset
        self._over = threading.Event()
        self._interval = stale_after() / _BEATS
        threading.Thread(target=self._count, name=f"lease {path.stem[:12]}", daemon=True).start()

    def _count(self) -> None:
        beat = 0
        while not self._over.wait(self._interval):
            beat += 1
            with suppress(OSError):  # a full disk or a lost connection; the next heartbeat may succeed
                if not self.held:
                    return
                with self._path.open("r+b", buffering=0) as file:
                    file.seek(self._offset)
                    file.write(_digits(beat).encode())
                    os.fsync(file.fileno())

    @property
    def held(self) -> bool:
        """Return whether no other process has taken the lease over."""
        found = _read(self._path)
        return found is not None and found.token == self._token

    def release(self) -> None:
        """Free the lease, unless another process has taken it over."""
        self._over.set()
        with suppress(OSError):
            if self.held:
                self._path.unlink()


class Leases:
    """The leases in a folder, as this process sees them over time. Not thread-safe."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self._clock = folder, clock
        self._seen: dict[str, tuple[bytes, float]] = {}

    def take(self, name: str, about: About = lambda _: {}) -> Lease | None:
        """Return the lease of a name if it is free or its holder is gone or silent, else None.

        `about` takes the holder from which it is taken over and returns values for the lease. Raises StoreError if it
        cannot be saved.
        """
        path = self._path(name)
        previous = None
        if path.exists():
            if not self.abandoned(name):
                return None
            previous = _read(path)
            self.discard(name, previous)
        content, offset = _content(about(previous))
        if not publish(path, content):
            return None
        self._seen.pop(name, None)
        return Lease(path, Holder(**json.loads(content)), offset, previous)

    def abandoned(self, name: str) -> bool:
        """Return whether a lease can be taken over: its holder is gone, or silent since this object first saw it so."""
        try:
            content = patient(self._path(name).read_bytes)
        except OSError:
            return False
        holder = _parsed(content)
        if holder is not None and holder.gone:
            return True
        now = self._clock()
        before, since = self._seen.get(name, (None, now))
        if before != content:
            self._seen[name] = content, now
            return False
        return now - since >= stale_after()

    def holders(self) -> Iterator[tuple[str, Holder]]:
        """Yield the names of the leases that are held, with their holders."""
        for path in self.folder.glob(f"*{SUFFIX}"):
            holder = _read(path)
            if holder is not None:
                yield path.name.removesuffix(SUFFIX), holder

    def discard(self, name: str, expected: Holder | None) -> None:
        """Remove an abandoned lease, unless another process than `expected` holds it now."""
        path = self._path(name)
        aside = path.with_name(f".{process_name()}-{os.urandom(6).hex()}.tmp")
        with suppress(OSError):
            path.rename(aside)
            found = _read(aside)
            if found is not None and (expected is None or found.token != expected.token):
                os.link(aside, path)
        with suppress(OSError):
            aside.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"


def held(path: Path) -> bool:
    """Return whether a lease exists whose holder is not known to have ended."""
    holder = _read(path)
    return holder is not None and not holder.gone


def _content(about: Mapping[str, Any]) -> tuple[bytes, int]:
    """Return the content of a new lease and the offset of its counter, which has a fixed width."""
    values = {
        "host": this_machine().partition("/")[0],
        "pid": os.getpid(),
        "machine": this_machine(),
        "token": os.urandom(8).hex(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": dict(about),
    }
    start = json.dumps(values)[:-1] + ', "beat": "'
    return f'{start}{_digits(0)}"}}\n'.encode(), len(start.encode())


def _digits(beat: int) -> str:
    return f"{beat:0{_DIGITS}d}"


def _read(path: Path) -> Holder | None:
    try:
        return _parsed(patient(path.read_bytes))
    except OSError:
        return None


def _parsed(content: bytes) -> Holder | None:
    try:
        return Holder(**json.loads(content))
    except (ValueError, TypeError):  # it is being written
        return None
