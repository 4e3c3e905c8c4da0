"""A worker process, and the object with which the main process controls it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import ModuleType

from xharness import EmitFor, Event, Failed, Perform, Waiting, Work

_TRIES = 2
_PATIENCE = 10.0
"""Seconds to wait for the end of a process that has closed its connection."""


class Worker:
    """A process that performs one work after the other; if it dies, a new one is started."""

    work: Work

    def __init__(self, perform: Perform, environment: Mapping[str, str]) -> None:
        self._perform, self._environment = perform, environment
        self._tries = 0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._perform, self._environment))
        with _interrupts_blocked(), _main_hidden():
            self._process.start()
        theirs.close()

    def give(self, work: Work) -> None:
        """Send a work to the process."""
        self.work, self._tries = work, 1
        self._send()

    def _send(self) -> None:
        with suppress(OSError):  # the process has died; `outcome` notices
            self.connection.send(self.work)

    def outcome(self, emit: EmitFor) -> bool | None:
        """Read the next message: pass an event on, or return how the work ended."""
        try:
            message: tuple[str, Event] | bool | Exception = self.connection.recv()
        except (EOFError, OSError):
            return self._died(emit)
        if isinstance(message, Exception):
            raise message
        if isinstance(message, bool):
            return message
        emit(*message)
        return None

    def _died(self, emit: EmitFor) -> bool | None:
        self._process.join(_PATIENCE)
        how = _how_it_ended(self._process.exitcode)
        self.kill()
        self.close()
        self._start()
        if self._tries == _TRIES:
            emit(self.work.key, Failed(f"its worker process {how}, {_TRIES} times; try fewer --workers"))
            return False
        self._tries += 1
        emit(self.work.key, Waiting(f"{self.work.title}: its worker process {how}; trying again"))
        self._send()
        return None

    def kill(self) -> None:
        """Kill the process; the store stays intact."""
        self._process.kill()

    def close(self) -> None:
        """Wait until the process has ended, and release its resources."""
        self._process.join()
        self._process.close()
        self.connection.close()


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "closed its connection"
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"was killed by {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block Ctrl-C, which goes to all processes of a terminal, in processes that are started in the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # the first process would start it, and its start unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep processes that are started in the block from running the user's script again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _serve(connection: Connection, perform: Perform, environment: Mapping[str, str]) -> None:
    """Perform the works that arrive, until the connection closes."""
    os.environ.update(environment)  # before torch is imported
    threading.Thread(target=_end_with_parent, daemon=True).start()
    lock = threading.Lock()

    def emit(key: str, event: Event) -> None:
        with lock:
            connection.send((key, event))

    while True:
        try:
            work = connection.recv()
        except EOFError:
            return
        try:
            outcome: bool | Exception = perform(work, emit)
        except Exception as error:  # noqa: BLE001 - it is raised again in the main process
            outcome = portable(error)
        connection.send(outcome)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def portable(error: Exception) -> Exception:
    """Return an error with its traceback as a note, in a form that can be pickled."""
    error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - a class of a plugin may raise anything here
        other = RuntimeError(f"{type(error).__name__}: {error}")
        other.add_note(error.__notes__[-1])
        return other
    return error
