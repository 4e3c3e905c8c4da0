"""The sandbox of Landlock and seccomp, for machines that allow no namespaces. A program in it starts no processes."""

from __future__ import annotations

from xharness import Sandbox, Session
from xharness_plugins.sandboxes import runtime
from xharness_plugins.sandboxes.probe import probe
from xharness_plugins.sandboxes.session import ServerSession

_NEEDED = 3
"""The first version of Landlock that controls truncation of files."""


def _open() -> Session:
    return ServerSession(
        {
            "command": None,
            "namespaces": False,
            "processes": False,
            "on_disk": True,
            "read": [*runtime.folders(), *runtime.links()],
        }
    )


def _probe() -> str | None:
    from xharness_plugins.sandboxes.inside import landlock  # needs a module that exists on Unix only

    found = landlock.abi()
    if found < _NEEDED:
        has = f"has version {found}" if found else "has none"
        return f"needs Landlock version {_NEEDED} (Linux 6.2); this kernel {has}"
    return probe(_open)


LANDLOCK = Sandbox(
    name="landlock",
    summary="Landlock for files and signals, seccomp for network and processes; no namespaces",
    strength=10,
    probe=_probe,
    open=_open,
)
