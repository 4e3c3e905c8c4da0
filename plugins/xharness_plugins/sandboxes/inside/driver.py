"""Runs one program and its tests, in the process that is already confined or confines itself here.

The program is run as the module `__main__`. The report starts with a key of two halves: one is read with the program,
the other from a pipe after the tests. Nothing that the program can print, and no single object or file that it can
find, is the whole key. The process ends without running anything of the program after the report.
"""

from __future__ import annotations

import builtins
import marshal
import os
import signal
import sys
from types import CodeType, ModuleType

from . import kernel, landlock, limits, seccomp

TYPE_CHECKING = False  # the start of a program must be fast: typing and json take as long as the rest
if TYPE_CHECKING:
    from typing import Any

# The functions below keep the builtins as they are now, also if the program changes the module.
globals()["__builtins__"] = dict(vars(builtins))

PAYLOAD, KEY, REPORT = 3, 4, 5
"""The files of the driver: the program, the second half of the key, and where the report is written."""
READY = b"ready\n"
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")


def main() -> None:
    """Read the program and the settings, and run the program. Never returns."""
    run(_read(PAYLOAD))


def run(payload: dict[str, Any]) -> None:
    """Confine this process, run the program and report. Never returns.

    `settings`: `folder` (the work folder), `read` (the readable paths), `processes` and `namespaces` (see seccomp).
    """
    settings = payload.pop("settings")
    os.chdir(settings["folder"])
    _confine(settings, payload)
    os.write(REPORT, READY)
    _drive(payload)


def _read(number: int) -> dict[str, Any]:
    with open(number, "rb") as file:
        found: dict[str, Any] = marshal.loads(file.read())
    return found


def _confine(settings: dict[str, Any], payload: dict[str, Any]) -> None:
    limits.apply(payload["timeout"], payload["memory"], processes=settings["processes"])
    kernel.drop_capabilities()
    if landlock.abi():
        landlock.restrict([*settings["read"], "/dev/urandom", "/dev/random"], [settings["folder"], *DEVICES])
    named = {name: settings[name] for name in ("processes", "namespaces")}
    kernel.set_filter(seccomp.program(**named, own=os.getpid()))


def _drive(payload: dict[str, Any]) -> None:
    # The program can replace functions of modules; these are the real ones.
    write, read, leave, first = os.write, os.read, os._exit, payload["key"].encode()
    process, own = os.getpid, os.getpid()
    trace, profile, block, signals = sys.settrace, sys.setprofile, signal.pthread_sigmask, signal.valid_signals()
    for name in [name for name in sys.modules if name.partition(".")[0] == "inside"]:
        del sys.modules[name]
    status = _status(payload)
    block(signal.SIG_BLOCK, signals)
    trace(None)
    profile(None)
    if process() != own:  # a process that the program started, and that came here too
        leave(1)
    write(REPORT, first + read(KEY, 32) + status.encode("utf-8", "replace"))
    leave(0)


def _status(payload: dict[str, Any]) -> str:
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    try:
        program = _compiled(payload["code"], "program")
    except BaseException as error:  # noqa: BLE001 - the compiler raises many types: RecursionError, ValueError, MemoryError
        _print(error)
        return "syntax_error"
    sys.modules["__main__"] = module
    try:
        tests = _compiled(payload["tests"], "tests")
        payload.clear()
        for code in (program, tests):
            exec(code, module.__dict__)
        _flush()
    except BaseException as error:  # noqa: BLE001 - the program may raise anything
        _print(error)
        return _failed(error)
    return "passed"


def _compiled(text: str, name: str) -> CodeType:
    return compile(text, f"<{name}>", "exec", dont_inherit=True)


def _failed(error: BaseException) -> str:
    statuses = {AssertionError: "assertion", SystemExit: "exit_early", MemoryError: "memory"}
    for kind, status in statuses.items():
        if isinstance(error, kind):
            return status
    return f"exception:{type.__dict__['__name__'].__get__(type(error))}"


def _print(error: BaseException) -> None:
    """Print the traceback of the program, without the frame of this module."""
    try:
        import traceback

        trace = error.__traceback__
        traceback.print_exception(type(error), error, trace and trace.tb_next)
        _flush()
    except BaseException:  # noqa: BLE001 - printing calls functions of the program, and needs a free file
        return


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
