"""Watches a program from the outside until it ends or a limit is reached, and ends all its processes."""

from __future__ import annotations

import os
import select
import signal
import time
from dataclasses import dataclass, field

from . import limits
from .driver import READY

_TICK = 0.05
"""Seconds between two looks at memory and work folder."""
_SETUP = 60.0
"""Seconds that a sandbox may take before the program starts."""
_REPORT = 4096


@dataclass
class Seen:
    """What a program did: output, report, exit code (128 + number for a signal), seconds, and the limit reached."""

    output: bytes = b""
    report: bytes = b""
    code: int = 0
    cpu: float = 0.0
    seconds: float = 0.0
    limit: str = ""
    started: float = 0.0
    readers: dict[int, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether the program was started."""
        return self.report.startswith(READY)

    def read(self, number: int) -> bool:
        """Read what a pipe holds; return whether its other end is still open."""
        name = self.readers[number]
        while True:
            try:
                data = os.read(number, 65_536)
            except BlockingIOError:
                return True
            if not data:
                return False
            setattr(self, name, getattr(self, name) + data)
            if not self.started and self.ready:
                self.started = time.monotonic()
            if len(self.output) > limits.OUTPUT or len(self.report) > _REPORT:
                return True


@dataclass(frozen=True)
class Watched:
    """A program that was started: its process, its pipes, its limits, and the work folder if it is on a disk."""

    pid: int
    output: int
    report: int
    timeout: float
    memory: int
    folder: str | None


def watch(program: Watched, caller: int) -> Seen:
    """Return what a program did once none of its processes is left. `caller`: a pipe that closes if nobody waits."""
    seen = Seen(readers={program.output: "output", program.report: "report"})
    began = time.monotonic()
    ended = os.pidfd_open(program.pid)
    poll = select.poll()
    for number in (*seen.readers, ended):
        os.set_blocking(number, False)
        poll.register(number, select.POLLIN)
    poll.register(caller, 0)
    try:
        while not seen.limit:
            found = [number for number, _ in poll.poll(1000 * _TICK)]
            for number in seen.readers.keys() & found:
                if not seen.read(number):
                    poll.unregister(number)
            if ended in found:
                break
            seen.limit = "caller" if caller in found else _reached(program, seen, began)
    finally:
        poll.unregister(caller)
        os.close(ended)
        seen.seconds = time.monotonic() - (seen.started or began)
        _end(program.pid, seen)
    for number in seen.readers:
        seen.read(number)
    return seen


def _reached(program: Watched, seen: Seen, began: float) -> str:
    """Return the limit that a program has reached, "" for none."""
    now = time.monotonic()
    if len(seen.output) > limits.OUTPUT:
        return "output_limit"
    if seen.started and now - seen.started > program.timeout:
        return "timeout"
    if not seen.started:
        return "setup" if now - began > _SETUP else ""
    if limits.exceeds(program.pid, program.memory):
        return "memory"
    return "output_limit" if program.folder and limits.too_full(program.folder) else ""


def _end(pid: int, seen: Seen) -> None:
    """Kill all processes below this one until none is left, and note how the program ended."""
    while True:
        for below in limits.descendants(os.getpid()):
            _kill(below)
        try:
            ended, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            return
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            seen.code = code if code >= 0 else 128 - code
            seen.cpu = used.ru_utime + used.ru_stime


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
