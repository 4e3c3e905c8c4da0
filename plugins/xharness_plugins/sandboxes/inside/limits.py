"""The limits of a process, and what all processes of a program use together."""

from __future__ import annotations

import os
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 2**20
FILE, FILES, OPEN, PROCESSES, FOLDER, OUTPUT = 10 * MIB, 4096, 128, 64, 64 * MIB, 64 * 1024
"""Bytes of a file, files of the work folder, open files, processes, bytes of the work folder, bytes of output."""


def apply(timeout: float, memory: int, *, processes: bool) -> None:
    """Set the limits of this process and of those that it starts. `processes`: it is the only user of its user id.

    The CPU limit is for programs of several threads: one thread reaches `timeout` on the clock first.
    """
    seconds = int(-(-timeout // 1)) + 1
    wanted = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_FSIZE: (FILE, FILE),
        resource.RLIMIT_NOFILE: (OPEN, OPEN),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }
    if processes:
        wanted[resource.RLIMIT_NPROC] = (PROCESSES, PROCESSES)
    for name, (soft, hard) in wanted.items():
        now = resource.getrlimit(name)
        cap = now[1] if now[1] != resource.RLIM_INFINITY else hard
        if now != (limit := (min(soft, cap), min(hard, cap))):
            resource.setrlimit(name, limit)


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes below a process, children before grandchildren."""
    waiting = [pid]
    while waiting:
        children = list(_children(waiting.pop()))
        yield from children
        waiting += children


def _children(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                yield from map(int, file.read().split())
        except OSError:
            continue


def exceeds(pid: int, memory: int) -> bool:
    """Return whether the processes below a process hold more bytes of memory; what they share counts once."""
    below = list(descendants(pid))
    return sum(map(_resident, below)) > memory and sum(map(_own_share, below)) > memory


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _own_share(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def too_full(folder: str) -> bool:
    """Return whether a work folder holds more bytes or files than allowed."""
    size = files = 0
    waiting = [folder]
    while waiting and size <= FOLDER and files <= FILES:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:  # what cannot be read, or is nested too deeply for a path, cannot be counted either
            return True
    return size > FOLDER or files > FILES


def close_files(keep: int) -> None:
    """Close the open files of this process but the first `keep`."""
    os.closerange(keep, max(os.sysconf("SC_OPEN_MAX"), 256))
