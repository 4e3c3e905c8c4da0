"""The calls to the Linux kernel that the standard library lacks.

Hand-written, because the packages for them on PyPI are a development release (landlock) and a wrapper that needs
another shared library (pyseccomp).
"""

from __future__ import annotations

import ctypes
import os
import signal

NEW_NAMESPACES = {"mount": 0x20000, "uts": 0x4000000, "ipc": 0x8000000, "pid": 0x20000000, "net": 0x40000000}
NEW_USER = 0x10000000

BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
READ_ONLY, NO_SUID, NO_DEVICES, REMOUNT = 1, 2, 4, 32
DETACH = 2
_NO_DEVICES_ATTRIBUTE = 4
_RECURSIVE_AT = 0x8000

_PDEATHSIG, _CAPBSET_DROP, _CHILD_SUBREAPER, _NO_NEW_PRIVILEGES, _SET_SECCOMP = 1, 24, 36, 38, 22
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522

ARM = os.uname().machine == "aarch64"
_PIVOT_ROOT = 41 if ARM else 155
_MOUNT_SETATTR = 442

_libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library; OSError with its name if it fails."""
    result: int = getattr(_libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """Call the kernel; OSError if it fails."""
    return call("syscall", ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))


def unshare(flags: int) -> None:
    """Move this process to new namespaces."""
    call("unshare", flags)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system."""
    texts = (source.encode(), target.encode(), kind.encode())
    call("mount", *texts, ctypes.c_ulong(flags), options.encode())


def unmount(target: str) -> None:
    """Unmount a file system as soon as nothing uses it."""
    call("umount2", target.encode(), DETACH)


def make_read_only(target: str, *, devices: bool = False) -> None:
    """Make a mount and all below it read-only, without setuid programs, and without devices unless `devices`."""
    attributes = READ_ONLY | NO_SUID | (0 if devices else _NO_DEVICES_ATTRIBUTE)
    wanted = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    path = ctypes.c_char_p(target.encode())
    syscall(_MOUNT_SETATTR, -100, path, _RECURSIVE_AT, ctypes.byref(wanted), ctypes.sizeof(wanted))


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root, and `old`, a folder in it, the place of the former root."""
    syscall(_PIVOT_ROOT, ctypes.c_char_p(new.encode()), ctypes.c_char_p(old.encode()))


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    call("prctl", _PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of processes whose parent ends."""
    call("prctl", _CHILD_SUBREAPER, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up all capabilities for good."""
    for capability in range(_CAPABILITIES):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)  # fails without the capability to do so, and changes nothing
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())
    call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def set_filter(program: bytes) -> None:
    """Install a seccomp filter, for this thread and all that it starts; `drop_capabilities` must come first."""

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    given = Filter(len(program) // 8, program)
    call("prctl", _SET_SECCOMP, 2, ctypes.byref(given), 0, 0)
