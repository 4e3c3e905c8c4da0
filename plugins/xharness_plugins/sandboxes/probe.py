"""Finds out by running programs whether a sandbox holds on this machine."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from xharness import Program, Session

_WORKS = "import json, random, re, math\nopen('note', 'w').write('kept')\nassert open('note').read() == 'kept'"
_WRITES = """
def escapes(path):
    try:
        open(path, "w").close()
    except OSError:
        return False
    return True
"""
_READS = """
def escapes(path):
    try:
        open(path).read()
    except OSError:
        return False
    return True
"""
_CONNECTS = """
import socket
def escapes(address):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9))
    except OSError:
        return False
    return True
"""
_SECONDS = 30.0


def probe(start: Callable[[], Session]) -> str | None:
    """Return why a sandbox cannot be used, None if a program works in it and cannot reach files or the network."""
    if not sys.platform.startswith("linux"):
        return f"needs Linux; this is {sys.platform}"
    with start() as session, tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "secret"
        secret.write_text("secret", encoding="ascii")
        checks = {
            "a program does not run": Program(code=_WORKS, tests="", timeout=_SECONDS),
            "a program can read files outside": _trial(_READS, secret),
            "a program can write files outside": _trial(_WRITES, secret),
            "a program can use the network": _trial(_CONNECTS, "loopback"),
        }
        for problem, program in checks.items():
            outcome = session.run(program)
            if not outcome.passed:
                detail = " ".join(outcome.output.split())[-200:]
                return f"{problem}: {outcome.status}{detail and f', {detail}'}"
    return None


def _trial(code: str, target: object) -> Program:
    return Program(code=code, tests=f"assert not escapes({str(target)!r})", timeout=_SECONDS)
