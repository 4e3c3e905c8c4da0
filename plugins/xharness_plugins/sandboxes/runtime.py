"""The files that the interpreter needs inside a sandbox: its own, the C library, and devices."""

from __future__ import annotations

import sys
from pathlib import Path

_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random")


def folders() -> list[str]:
    """Return the folders and files that a program may read, without symbolic links; parents first."""
    interpreter = {str(Path(sys.base_prefix).resolve()), str(Path(sys.base_exec_prefix).resolve())}
    system = [path for path in _SYSTEM if Path(path).is_dir() and not Path(path).is_symlink()]
    outside = sorted(path for path in interpreter if not any(Path(path).is_relative_to(top) for top in system))
    return [*system, *outside, *(path for path in ("/etc/ld.so.cache",) if Path(path).exists())]


def links() -> dict[str, str]:
    """Return the symbolic links that the system folders are on most machines (`/lib` to `usr/lib`)."""
    return {path: str(Path(path).readlink()) for path in _SYSTEM if Path(path).is_symlink()}
