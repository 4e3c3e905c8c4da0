"""Landlock: the kernel denies access to files outside a list, and signals and connections to the outside.

Source: Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h of Linux 6.12.
"""

from __future__ import annotations

import ctypes
import os
import stat

from . import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""The number of access rights to files by ABI; 16 from ABI 5."""
_NET, _SCOPE = 3, 3
"""All rights to connect and bind TCP (ABI 4); abstract sockets and signals (ABI 6)."""
_EXECUTE, _WRITE, _READ, _READ_FOLDER, _TRUNCATE, _IOCTL = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_FILE_ONLY = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock, 0 if the kernel has none."""
    try:
        return kernel.syscall(_CREATE, 0, 0, _VERSION)
    except OSError:
        return 0


def restrict(read: Iterable[str], write: Iterable[str]) -> None:
    """Deny this process all files but `read` (read and execute) and `write` (everything). Missing paths are skipped."""
    version = abi()
    every = (1 << _RIGHTS.get(version, 16)) - 1
    words = (ctypes.c_uint64 * 3)(every, _NET if version >= 4 else 0, _SCOPE if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = kernel.syscall(_CREATE, ctypes.byref(words), size, 0)
    for paths, rights in ((read, _EXECUTE | _READ | _READ_FOLDER), (write, every)):
        for path in paths:
            _allow(rules, path, rights)
    kernel.syscall(_RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(folder).st_mode):
        rights &= _FILE_ONLY
    try:
        kernel.syscall(_ADD, rules, 1, ctypes.byref(_Rule(rights, folder)), 0)
    finally:
        os.close(folder)
