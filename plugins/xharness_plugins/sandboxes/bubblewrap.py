"""The sandbox of bubblewrap (`bwrap`), with Landlock where the kernel has it, and seccomp inside.

Source: bwrap(1) of bubblewrap 0.8.
"""

from __future__ import annotations

import os
import shutil

from xharness import Sandbox, Session
from xharness_plugins.sandboxes import runtime
from xharness_plugins.sandboxes.probe import probe
from xharness_plugins.sandboxes.session import ENVIRONMENT, FOLDER, ServerSession, python

_WORK, _OURS = "/box", "/inside"


def _open() -> Session:
    return ServerSession(
        {
            "command": [shutil.which("bwrap") or "/usr/bin/bwrap", *arguments()],
            "environment": ENVIRONMENT,
            "namespaces": True,
            "on_disk": False,
            "processes": os.geteuid() != 0,  # the limit does not hold for root, whose user id a program keeps
            "read": ["/"],
        }
    )


def arguments() -> list[str]:
    """Return the arguments of bwrap: what exists inside, the environment, and the command."""
    from xharness_plugins.sandboxes.inside import limits  # needs a module that exists on Unix only

    words = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in runtime.folders():
        words += ["--ro-bind", path, path]
    for link, target in runtime.links().items():
        words += ["--symlink", target, link]
    for path in runtime.DEVICES:
        words += ["--dev-bind", path, path]
    words += ["--ro-bind", str(FOLDER / "inside"), f"{_OURS}/inside"]
    words += ["--size", str(limits.FOLDER), "--tmpfs", _WORK, "--symlink", _WORK, "/tmp", "--remount-ro", "/"]
    words += ["--chdir", _WORK, "--clearenv"]
    for name, value in {**ENVIRONMENT, "HOME": _WORK, "TMPDIR": _WORK}.items():
        words += ["--setenv", name, value]
    return [*words, *python("driver", "main", _OURS)]


def _probe() -> str | None:
    return probe(_open) if shutil.which("bwrap") else "bwrap is not installed (package bubblewrap)"


BUBBLEWRAP = Sandbox(
    name="bubblewrap",
    summary="bubblewrap: namespaces, a root of its own, read-only, with Landlock and seccomp",
    strength=30,
    probe=_probe,
    open=_open,
)
