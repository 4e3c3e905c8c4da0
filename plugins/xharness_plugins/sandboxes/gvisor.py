"""The sandbox of gVisor (`runsc`): system calls of a program reach a kernel in user space, with seccomp inside.

Source: the OCI runtime specification 1.0.2 for the bundle; tried with runsc 20221219.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

from xharness import Sandbox, Session
from xharness_plugins.sandboxes import runtime
from xharness_plugins.sandboxes.probe import probe
from xharness_plugins.sandboxes.session import ENVIRONMENT, FOLDER, ServerSession, python

_WORK, _OURS = "/box", "/inside"
_NOBODY = 65_534
_OPTIONS = ("--network", "none", "--ignore-cgroups", "--root", "state")


def _open() -> Session:
    rootless = ("--rootless",) if os.geteuid() != 0 else ()
    return ServerSession(
        {
            "command": [shutil.which("runsc") or "/usr/bin/runsc", *rootless, *_OPTIONS, "run"],
            "environment": ENVIRONMENT,
            "bundle": bundle(),
            "links": runtime.links(),
            "namespaces": True,
            "on_disk": True,
            "processes": True,
            "read": ["/"],
        }
    )


def bundle() -> dict[str, Any]:
    """Return the configuration of a container: what exists inside, the environment, and the command."""
    own = {**ENVIRONMENT, "HOME": _WORK, "TMPDIR": _WORK}
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": _NOBODY, "gid": _NOBODY},
            "args": python("piped", "main", _OURS),
            "env": [f"{name}={value}" for name, value in own.items()],
            "cwd": _WORK,
            "noNewPrivileges": True,
            "capabilities": {},
            "rlimits": [{"type": "RLIMIT_MSGQUEUE", "soft": 0, "hard": 0}],  # gVisor changes it at the start only
        },
        "root": {"path": "root", "readonly": True},
        "mounts": list(_mounts()),
        "linux": {"namespaces": [{"type": name} for name in ("pid", "network", "ipc", "uts", "mount")]},
    }


def _mounts() -> Iterator[dict[str, Any]]:
    from xharness_plugins.sandboxes.inside import limits  # needs a module that exists on Unix only

    shown = {path: path for path in runtime.folders()}
    shown[f"{_OURS}/inside"] = str(FOLDER / "inside")
    for target, source in shown.items():
        yield {"destination": target, "type": "bind", "source": source, "options": ["ro", "rbind"]}
    options = ["nosuid", "nodev", f"size={limits.FOLDER}", f"nr_inodes={limits.FILES}", "mode=1777"]
    for target in (_WORK, "/tmp"):
        yield {"destination": target, "type": "tmpfs", "source": "tmpfs", "options": options}
    for target in ("/proc", "/sys"):  # empty: without an entry, gVisor shows its own
        yield {"destination": target, "type": "tmpfs", "source": "tmpfs", "options": ["ro", "mode=555"]}


def _probe() -> str | None:
    return probe(_open) if shutil.which("runsc") else "runsc is not installed (package runsc, or gvisor.dev)"


GVISOR = Sandbox(
    name="gvisor",
    summary="gVisor: a kernel in user space, a root of its own, read-only, with seccomp inside",
    strength=40,
    probe=_probe,
    open=_open,
)
