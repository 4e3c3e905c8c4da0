"""Make a folder read-only for one process, as the kernel does when a disk fails; needs root on Linux."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from functools import cache
from pathlib import Path

_NEW_NAMESPACE = 0x20000
_READ_ONLY, _REMOUNT, _BIND, _WITH_ALL_BELOW, _PRIVATE = 1, 32, 4096, 16384, 1 << 18


@cache
def permitted() -> bool:
    """Return whether a process may mount folders in a namespace of its own; tried in a child process."""
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            _own_namespace()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def make_read_only(folder: Path, seconds: float) -> None:
    """Make a folder read-only after some seconds, for this process alone; files that are open stay writable."""
    _own_namespace()
    timer = threading.Timer(seconds, _cover, [os.fsencode(folder)])
    timer.daemon = True
    timer.start()


def _own_namespace() -> None:
    _call("unshare", _NEW_NAMESPACE)
    _call("mount", None, b"/", None, _WITH_ALL_BELOW | _PRIVATE, None)


def _cover(folder: bytes) -> None:
    """Mount a folder over itself, so that no open file hinders the change."""
    _call("mount", folder, folder, None, _BIND, None)
    _call("mount", None, folder, None, _REMOUNT | _BIND | _READ_ONLY, None)


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
