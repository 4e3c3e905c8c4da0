"""Generated programs: consent, the sandbox that they run in, and their outcomes in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any

from xharness.errors import BadRequest, StageError, few
from xharness.registry import Registry
from xharness.specs.sandboxes import Outcome, Program, Sandbox, Session

FLAG = "--confirm-run-unsafe-code"
VARIABLE = "HF_ALLOW_CODE_EVAL"


def probes(registry: Registry) -> Iterator[tuple[Sandbox, str | None]]:
    """Yield the sandboxes, the strongest first, each with the reason why it cannot be used here, or None."""
    for sandbox in sorted(registry.all("sandboxes"), key=lambda sandbox: (-sandbox.strength, sandbox.name)):
        yield sandbox, _probe(sandbox)


def _probe(sandbox: Sandbox) -> str | None:
    try:
        return sandbox.probe()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; another sandbox may work
        return " ".join(f"{type(error).__name__}: {error}".split())


def strongest(registry: Registry) -> Sandbox:
    """Return the strongest sandbox that works on this machine; BadRequest with the reasons if none does."""
    reasons = []
    for sandbox, reason in probes(registry):
        if reason is None:
            return sandbox
        reasons.append(f"{sandbox.name} ({reason})")
    found = "; ".join(reasons) or "no sandbox is declared"
    raise BadRequest(f"generated programs cannot run on this machine, because no sandbox works: {found}")


def confirm(tasks: Sequence[str], registry: Registry, *, confirmed: bool) -> Sandbox | None:
    """Return the sandbox for tasks that run generated code, None if there are no such tasks.

    Call it at planning, before anything is loaded. Raises BadRequest if the user has not confirmed (`confirmed`, or
    `HF_ALLOW_CODE_EVAL=1` in the environment), and if no sandbox works.
    """
    if not tasks:
        return None
    sandbox = strongest(registry)
    if confirmed or os.environ.get(VARIABLE) == "1":
        return sandbox
    raise BadRequest(
        f"{few(tasks)} run programs that the model writes, in the sandbox '{sandbox.name}'; "
        f"confirm with {FLAG} or {VARIABLE}=1 (`xharness show sandbox {sandbox.name}` describes it)"
    )


def run_programs(sandbox: Sandbox, programs: Iterable[Program], workers: int = 1) -> Iterator[Outcome]:
    """Yield the outcomes of programs in their order; `workers` programs run at once.

    A program with the status `sandbox_error` is run once more in a new session. Raises StageError if it fails again.
    """
    if workers < 1:
        raise ValueError(f"workers={workers}: must be at least 1")
    with ExitStack() as stack:
        idle: SimpleQueue[_Slot] = SimpleQueue()
        for _ in range(workers):
            idle.put(stack.enter_context(_Slot(sandbox)))
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        yield from _in_order(pool, lambda program: _run(idle, program), programs, 2 * workers)


def _in_order(
    pool: ThreadPoolExecutor, run: Callable[[Program], Outcome], programs: Iterable[Program], ahead: int
) -> Iterator[Outcome]:
    """Yield results in order, with at most `ahead` programs submitted and not yet yielded."""
    waiting: list[Future[Outcome]] = []
    try:
        for program in programs:
            waiting.append(pool.submit(run, program))
            if len(waiting) >= ahead:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        for future in waiting:
            future.cancel()


def _run(idle: SimpleQueue[_Slot], program: Program) -> Outcome:
    slot = idle.get()
    try:
        return slot.run(program)
    finally:
        idle.put(slot)


class _Slot:
    """A session that is opened at its first use, and replaced after an error of the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session: Session | None = None

    def run(self, program: Program) -> Outcome:
        for _ in range(2):
            self.session = self.session or self.sandbox.open().__enter__()
            outcome = self.session.run(program)
            if outcome.status != "sandbox_error":
                return outcome
            self.__exit__()
        raise StageError(f"sandbox '{self.sandbox.name}' failed twice on a program: {outcome.output}")

    def __enter__(self) -> _Slot:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.session:
            self.session.__exit__(None, None, None)
        self.session = None
