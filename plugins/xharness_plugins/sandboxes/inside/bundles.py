"""Starts a program in a container of an OCI runtime, which gives it the standard files only (see `piped`)."""

from __future__ import annotations

import json
import marshal
import os

from . import kernel, limits
from .supervise import Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def start(payload: dict[str, Any], second: bytes, settings: dict[str, Any], folder: str) -> tuple[Watched, list[int]]:
    """Start a program in a new container; return it, and the files to close after it has ended.

    `settings`: `bundle` (the configuration of the container), `links` (symbolic links inside), `command`, which ends
    with the name of the container, and `environment`. It runs in `folder`, where the bundle is written.
    """
    _write(settings["bundle"], settings["links"], folder)
    given, given_in = os.pipe()
    output, output_in = os.pipe()
    report, report_in = os.pipe()
    pid = os.fork()
    if not pid:
        _child([given, output_in, report_in], settings, folder)
    body = marshal.dumps(payload)
    feeder = os.fork()  # a pipe holds less than a long program
    if not feeder:
        _feed(given_in, len(body).to_bytes(8, "big") + body + second)
    for number in (given, given_in, output_in, report_in):
        os.close(number)
    return Watched(pid, output, report, payload["timeout"], payload["memory"], None), [output, report]


def _write(bundle: dict[str, Any], links: dict[str, str], folder: str) -> None:
    root = os.path.join(folder, "root")
    os.mkdir(root)
    for link, target in links.items():
        os.symlink(target, root + link)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(bundle, file)
    os.chmod(folder, 0o755)  # the runtime reads it as a user who owns nothing


def _child(files: list[int], settings: dict[str, Any], folder: str) -> NoReturn:
    try:
        kernel.die_with_parent()
        os.setsid()
        os.chdir(folder)
        for target, number in enumerate(files):
            os.dup2(number, target)
        limits.close_files(keep=3)
        # The runtime has one socket a name on a machine.
        os.execve(settings["command"][0], [*settings["command"], os.path.basename(folder)], settings["environment"])
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must not continue as the server
        os.write(2, f"{type(error).__name__}: {error}".encode(errors="replace"))
    os._exit(1)


def _feed(target: int, data: bytes) -> NoReturn:
    try:
        kernel.die_with_parent()
        os.dup2(target, 0)
        limits.close_files(keep=1)
        left = memoryview(data)
        while left:
            left = left[os.write(0, left) :]
    except BrokenPipeError:
        pass  # the program ended before it was read; its own outcome says so
    finally:
        os._exit(0)
