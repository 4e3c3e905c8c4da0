"""Runs one program and its tests, in the process that is already confined or confines itself here.

The report starts with a key of two halves: one is read with the program, the other from a pipe after the tests. Nothing
that the program can print, and no single object or file that it can find, is the whole key. The process ends without
running anything of the program after the report.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from types import CodeType, ModuleType
from typing import Any

from . import kernel, landlock, limits, seccomp

PAYLOAD, KEY, REPORT = 3, 4, 5
"""The files of the driver: the program, the second half of the key, and where the report is written."""
READY = b"ready\n"
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")


def main(settings: dict[str, Any]) -> None:
    """Read the program, confine this process, run the program and report. Never returns.

    `settings`: `folder` (the work folder), `read` (the readable paths), `processes` and `namespaces` (see seccomp).
    """
    payload = _read(PAYLOAD)
    os.chdir(settings["folder"])
    _confine(settings, payload)
    os.write(REPORT, READY)
    _drive(payload)


def _read(number: int) -> dict[str, Any]:
    with open(number, "rb") as file:
        found: dict[str, Any] = json.loads(file.read())
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
    write, read, leave, dumps, first = os.write, os.read, os._exit, json.dumps, payload["key"]
    sys_settrace, sys_setprofile, block, every = sys.settrace, sys.setprofile, signal.pthread_sigmask, range(1, 65)
    status = _status(payload)
    block(signal.SIG_BLOCK, every)
    sys_settrace(None)
    sys_setprofile(None)
    second = read(KEY, 32)
    write(REPORT, first.encode() + second + dumps(status).encode())
    leave(0)


def _status(payload: dict[str, Any]) -> str:
    try:
        codes = [_compiled(payload["code"], "program")]
    except BaseException:  # noqa: BLE001 - the compiler raises many types: RecursionError, ValueError, MemoryError
        return "syntax_error"
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        codes.append(_compiled(payload["tests"], "tests"))
        payload.clear()
        for code in codes:
            exec(code, module.__dict__)
        _flush()
    except AssertionError:
        return "assertion"
    except SystemExit:
        return "exit_early"
    except MemoryError:
        return "memory"
    except BaseException as error:  # noqa: BLE001 - the program may raise anything
        return _failed(error)
    return "passed"


def _compiled(text: str, name: str) -> CodeType:
    return compile(text, f"<{name}>", "exec", dont_inherit=True)


def _failed(error: BaseException) -> str:
    """Print the traceback of the program, and return the status."""
    import traceback

    kind = type.__dict__["__name__"].__get__(type(error))
    try:
        traceback.print_exception(error)
        _flush()
    except BaseException:  # noqa: BLE001 - an error of the program may raise while it is printed
        return f"exception:{kind}"
    return f"exception:{kind}"


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
