"""What a sandbox declares: a place where generated programs run without harm to this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Program:
    """A Python program and its tests, which run after it in the same namespace.

    `timeout`: seconds of wall clock. `memory`: bytes of all its processes together. ValueError if a limit is not
    positive.
    """

    code: str
    tests: str
    timeout: float = 10.0
    memory: int = 4 * GIB

    def __post_init__(self) -> None:
        if not self.timeout > 0 or self.memory <= 0:
            raise ValueError(f"timeout={self.timeout}, memory={self.memory}: limits must be positive")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a program ended.

    `status` is one of:

    - `passed`: the program and all its tests ran to their end
    - `assertion`, `exception:TYPE`: one of them raised
    - `syntax_error`: the program cannot be compiled
    - `exit_early`: the process ended before the end of the tests
    - `timeout`, `memory`, `output_limit`: a limit ended it
    - `killed:SIGNAL`: a signal ended it
    - `sandbox_error`: the sandbox failed, which says nothing about the program; `output` is the reason

    `seconds`: wall clock of the program. `output`: the end of what it printed, undecodable bytes replaced.
    """

    status: str
    seconds: float
    output: str = ""

    @property
    def passed(self) -> bool:
        """Whether the program passed its tests."""
        return self.status == "passed"


class Session(Protocol):
    """An open sandbox, used by one thread at a time."""

    def run(self, program: Program) -> Outcome:
        """Run one program in a new process and a new work folder; nothing of it is left when this returns."""

    def __enter__(self) -> Self:
        """Return the session."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what the session started."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A sandbox plugin.

    `strength` orders the sandboxes: the strongest that works is used. Built-in ones have 10 to 40.

    `probe` returns why the sandbox cannot be used on this machine, or None; it runs programs to find out. `open` starts
    a session.
    """

    name: str
    summary: str
    strength: int
    probe: Callable[[], str | None]
    open: Callable[[], Session]
    api: int = 1
