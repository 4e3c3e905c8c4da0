"""The sandbox of Linux namespaces, with Landlock where the kernel has it, and seccomp; needs no other program."""

from __future__ import annotations

from xharness import Sandbox, Session
from xharness_plugins.sandboxes import runtime
from xharness_plugins.sandboxes.probe import probe
from xharness_plugins.sandboxes.session import ServerSession


def _open() -> Session:
    return ServerSession(
        {
            "command": None,
            "namespaces": True,
            "processes": True,
            "on_disk": False,
            "visible": [*runtime.folders(), *runtime.DEVICES],
            "links": runtime.links(),
            "read": ["/"],
        }
    )


NAMESPACES = Sandbox(
    name="namespaces",
    summary="namespaces for users, files, processes and network, a read-only root, Landlock, seccomp",
    strength=20,
    probe=lambda: probe(_open),
    open=_open,
)
