"""seccomp: the kernel refuses system calls that a program does not need, or that reach outside the sandbox.

The filter is classic BPF: instructions of 8 bytes (code, jump if true, jump if false, constant) on a struct with the
number of the call (offset 0), the architecture (4) and the arguments (16, 24, ...).
"""

from __future__ import annotations

import errno
import struct

from .kernel import ARM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ALLOW, _REFUSE, _MISSING, _KILL = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ARCHITECTURE = 0xC00000B7 if ARM else 0xC000003E
_X32 = 0x40000000
_THREAD = 0x10000
_NAMESPACES = 0x7E020080

# name: number on x86-64, number on aarch64 (-1: the architecture lacks it)
_NEVER = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "syslog": (103, 116),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
}
_NO_PROCESSES = {"fork": (57, -1), "vfork": (58, -1)}
# Calls on other processes, on shared objects that outlive a process, and on attributes that Landlock does not control.
_NO_OUTSIDE = {
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "memfd_secret": (447, 447),
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "lchown": (94, -1),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
}
_SIGNALS = ((62, 129), (234, 131))  # kill, tgkill
_CLONE, _CLONE3, _PRLIMIT = (56, 220), (435, 435), (302, 261)


def program(*, processes: bool, namespaces: bool, own: int) -> bytes:
    """Return the filter.

    `processes`: the program may start processes; threads are always allowed. `namespaces`: it is in namespaces of its
    own, so that other processes and shared objects of this machine are out of its reach. `own`: its process id, which
    it may signal.
    """
    refused = dict(_NEVER)
    if not processes:
        refused |= _NO_PROCESSES
    if not namespaces:
        refused |= _NO_OUTSIDE
    parts = [*_start()]
    for numbers in refused.values():
        parts += _when(numbers, _op(_RETURN, _REFUSE))
    parts += _when(_CLONE3, _op(_RETURN, _MISSING))  # its flags are in memory; the C library falls back to clone
    parts += _when(_PRLIMIT, _load(16), _op(_EQUAL, 0, 1, 0), _op(_RETURN, _REFUSE), _op(_RETURN, _ALLOW))
    parts += _when(_CLONE, *_clone(processes=processes))
    if not namespaces:
        allowed = (_op(_EQUAL, own, 2, 0), _op(_EQUAL, 0, 1, 0))
        for numbers in _SIGNALS:
            parts += _when(numbers, _load(16), *allowed, _op(_RETURN, _REFUSE), _op(_RETURN, _ALLOW))
    return b"".join([*parts, _op(_RETURN, _ALLOW)])


def _start() -> Iterator[bytes]:
    """Kill on another architecture, and on the second set of numbers of x86-64; load the number of the call."""
    yield from (_load(4), _op(_EQUAL, _ARCHITECTURE, 1, 0), _op(_RETURN, _KILL), _load(0))
    if not ARM:
        yield from (_op(_AT_LEAST, _X32, 0, 1), _op(_RETURN, _KILL))


def _clone(*, processes: bool) -> Iterator[bytes]:
    yield _load(16)
    yield from (_op(_ANY_BIT, _NAMESPACES, 0, 1), _op(_RETURN, _REFUSE))
    if not processes:
        yield from (_op(_ANY_BIT, _THREAD, 1, 0), _op(_RETURN, _REFUSE))
    yield _op(_RETURN, _ALLOW)


def _when(numbers: tuple[int, int], *body: bytes) -> list[bytes]:
    """Run the body, which returns, for a call; skip it for the others."""
    number = numbers[ARM]
    return [_op(_EQUAL, number, 0, len(body)), *body] if number >= 0 else []


def _load(offset: int) -> bytes:
    return _op(_LOAD, offset)


def _op(code: int, constant: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, constant)
