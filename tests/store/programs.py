"""Running small programs in processes of their own, as the store's tests need: killed, starved or locked out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PREAMBLE = "import os, sys, time\nfrom pathlib import Path\nfrom xharness.store.artifacts import Store\n"


def start(code: str, *args: object, preexec=None, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Start Python code that sees `args` in sys.argv[1:]."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", PREAMBLE + code, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=preexec,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def finish(process: subprocess.Popen[str], code: int = 0) -> str:
    """Wait for a program and return what it printed; it must end with the given exit code."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return out.strip()


def kill_when_ready(process: subprocess.Popen[str]) -> None:
    """Wait for the first line of a program, then kill it with SIGKILL."""
    assert process.stdout is not None
    line = process.stdout.readline()
    process.kill()
    _, err = process.communicate(timeout=120)
    assert line.strip() == "ready", err


def mounted(folder: Path, options: str) -> tuple[str, ...]:
    """Return the words before a command that let it see a fresh tmpfs at `folder`, in a namespace of its own."""
    words = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
    script = f'mount -t tmpfs -o {options} tmpfs "{folder}" && exec "$@"'
    prefix = (*words, script, "sh")
    if shutil.which("unshare") is None or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets no test mount a file system in a namespace of its own")
    return prefix


def names(folder: Path) -> list[str]:
    """Return the names in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())
