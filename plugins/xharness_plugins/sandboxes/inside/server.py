"""A process that runs programs for one session: it reads a program from its input and writes the outcome to its output.

Each program gets a process that is forked from this one, which has loaded the interpreter and nothing of any program,
or started by a command. Messages are JSON after their length in 8 bytes.
"""

from __future__ import annotations

import fcntl
import json
import marshal
import os
import secrets
import signal
import subprocess
import tempfile
import traceback  # noqa: F401 - loaded once, for the programs that raise
from typing import Any, NoReturn

from . import bundles, driver, kernel, limits, namespaces, outcome
from .piped import exactly
from .supervise import Watched, watch

_IN, _OUT, _ABOVE = 10, 11, 20
"""The files for messages, and the first number that no file of a program has."""


def main() -> None:
    """Answer requests until the input ends. The settings of the sandbox are the first message."""
    os.dup2(0, _IN)
    os.dup2(1, _OUT)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    kernel.adopt_orphans()
    settings = receive(_IN)
    while settings is not None and (request := receive(_IN)) is not None:
        send(_OUT, answer(request, settings))


def receive(number: int) -> dict[str, Any] | None:
    """Read a message, None at the end of the input."""
    length = int.from_bytes(exactly(number, 8), "big")
    body = exactly(number, length)
    return json.loads(body) if length and len(body) == length else None


def send(number: int, message: dict[str, Any]) -> None:
    """Write a message."""
    body = json.dumps(message).encode()
    data = memoryview(len(body).to_bytes(8, "big") + body)
    while data:
        data = data[os.write(number, data) :]


def answer(request: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Run a program and return its outcome."""
    folder = tempfile.mkdtemp(prefix="xharness-program-") if settings["on_disk"] else None
    key = secrets.token_hex(32).encode()
    bundle = "bundle" in settings
    inside = folder if folder and not bundle else namespaces.FOLDER
    told = {name: value for name, value in settings.items() if name != "bundle"}
    try:
        payload = {**request, "key": key[:32].decode(), "settings": {**told, "folder": inside}}
        if bundle and folder:
            program, ours = bundles.start(payload, key[32:], settings, folder)
        else:
            program, ours = _start(payload, key[32:], settings, folder)
        try:
            seen = watch(program, _IN)
        finally:
            for number in ours:
                os.close(number)
    except OSError as error:
        return {"status": "sandbox_error", "seconds": 0.0, "output": str(error)}
    finally:
        if folder:
            _remove(folder)
    status = outcome.status(seen, key, request["timeout"])
    return {"status": status, "seconds": seen.seconds, "output": outcome.text(seen)}


def _start(
    payload: dict[str, Any], second: bytes, settings: dict[str, Any], folder: str | None
) -> tuple[Watched, list[int]]:
    """Start a program; return it, and the files to close after it has ended."""
    data = os.memfd_create("program", os.MFD_CLOEXEC)
    with open(data, "wb", closefd=False) as file:
        file.write(marshal.dumps(payload))
    os.lseek(data, 0, os.SEEK_SET)
    key, key_in = os.pipe()
    os.write(key_in, second)
    output, output_in = os.pipe()
    report, report_in = os.pipe()
    theirs = [output_in, output_in, data, key, report_in]
    pid = os.fork()
    if not pid:
        _child(theirs, settings, folder)
    for number in {*theirs, key_in}:
        os.close(number)
    watched = Watched(pid, output, report, payload["timeout"], payload["memory"], folder)
    return watched, [output, report]


def _child(theirs: list[int], settings: dict[str, Any], folder: str | None) -> NoReturn:
    """Become the program. What fails before it starts is printed, for the caller."""
    try:
        kernel.die_with_parent()
        os.setsid()
        copies = [fcntl.fcntl(number, fcntl.F_DUPFD, _ABOVE) for number in theirs]
        for target, number in enumerate(copies, start=1):
            os.dup2(number, target)
        limits.close_files(keep=6)
        if settings["command"]:
            os.execve(settings["command"][0], settings["command"], settings["environment"])
        if settings["namespaces"]:
            namespaces.enter(settings)
        place = folder or namespaces.FOLDER
        os.environ.update(HOME=place, TMPDIR=place)
        tempfile.tempdir = None
        driver.main()
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must not continue as the server
        os.write(2, f"{type(error).__name__}: {error}".encode(errors="replace"))
    os._exit(1)


def _remove(folder: str) -> None:
    """Remove a work folder, also one with folders that are nested deeply or have no permissions."""
    for command in (["rm", "-rf", folder], ["chmod", "-R", "u+rwx", folder], ["rm", "-rf", folder]):
        if not os.path.lexists(folder):
            return
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
