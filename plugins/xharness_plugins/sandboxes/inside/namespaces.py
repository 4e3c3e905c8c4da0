"""Moves a process to namespaces of its own, with a root that holds only what is given, read-only.

Started by root, it uses no user namespace: the program gets a user id that nobody has, so that the limit on processes
holds for it. Started by another user, it keeps the user id in a new user namespace.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, NoReturn

from . import kernel, limits

FOLDER = "/box"
"""The work folder inside."""
_FIRST_USER, _USERS = 61_184, 4_096
"""Range of user ids: those that systemd reserves for services without an account."""


def enter(settings: dict[str, Any]) -> None:
    """Return in a process that is confined; this process and the one between wait for it and exit with its code.

    `settings`: `visible` (paths that exist inside) and `links` (symbolic links inside: where they are, their target).
    OSError if the kernel refuses; FileNotFoundError for a path that does not exist.
    """
    flags = sum(kernel.NEW_NAMESPACES.values())
    user = None
    if os.geteuid() == 0:
        user = _FIRST_USER + os.getppid() % _USERS
        kernel.unshare(flags)
    else:
        _own_user(flags)
    if first := os.fork():
        _wait(first)
    kernel.die_with_parent()
    _build(settings, user)
    if program := os.fork():
        _wait(program)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def _own_user(flags: int) -> None:
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(flags | kernel.NEW_USER)
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")


def _build(settings: dict[str, Any], user: int | None) -> None:
    """Build the root of the program in memory, and make it the root of this process."""
    kernel.mount("", "/", flags=kernel.PRIVATE | kernel.RECURSIVE)
    os.umask(0)
    new = "/tmp"  # any folder that always exists; after the change of root its content is visible again
    kernel.mount("tmpfs", new, "tmpfs", kernel.NO_SUID, "size=1m,mode=755")
    os.mkdir(f"{new}/old")
    kernel.pivot_root(new, f"{new}/old")
    os.chdir("/")
    for path in settings["visible"]:
        _show(path)
    for link, target in settings["links"].items():
        os.symlink(target, link)
    os.mkdir(FOLDER)
    os.symlink(FOLDER, "/tmp")
    owner = "" if user is None else f",uid={user},gid={user}"
    options = f"size={limits.FOLDER},nr_inodes={limits.FILES},mode=700{owner}"
    kernel.unmount("/old")
    os.rmdir("/old")
    kernel.make_read_only("/", devices=True)
    kernel.mount("tmpfs", FOLDER, "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, options)
    os.umask(0o077)


def _show(path: str) -> None:
    """Make a file or folder of the former root visible at the same path."""
    source, target = Path("/old" + path), Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    kernel.mount(str(source), path, flags=kernel.BIND | kernel.RECURSIVE)
    if not path.startswith("/dev/"):
        kernel.make_read_only(path)


def _wait(child: int) -> NoReturn:
    """Wait for a child and for those that the kernel gives to this process; exit as the child does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    limits.close_files(keep=0)
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
