"""A session: the server process of a sandbox, to which programs are sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from xharness import Outcome, Program

FOLDER = Path(__file__).parent
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
"""All that a program finds in its environment, beside HOME and TMPDIR."""
_FLAGS = ("-s", "-S", "-P", "-u")


def python(module: str, function: str, folder: str) -> list[str]:
    """Return the command that calls a function of `inside` in the interpreter of this process, without site-packages.

    `folder`: where the folder `inside` is. The interpreter is named by its real path, as version managers wrap it.
    """
    load = f"sys.path.insert(0, {folder!r}); from inside.{module} import {function}; del sys.path[0]"
    return [os.path.realpath(sys.executable), *_FLAGS, "-c", f"import sys; {load}; {function}()"]


class ServerSession:
    """Runs programs through a server process. `settings`: see `inside.server`."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._server = subprocess.Popen(
            python("server", "main", str(FOLDER)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        self._send(settings)

    def run(self, program: Program) -> Outcome:
        """Run a program; `sandbox_error` if the server has ended."""
        self._send(asdict(program))
        answer = self._answer()
        return Outcome(**answer) if answer else self._ended()

    def __enter__(self) -> Self:
        """Return the session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server, which ends a program that is still running."""
        for pipe in (self._server.stdin, self._server.stdout):
            _close(pipe)
        self._server.wait()

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._server.stdin is not None
        try:
            self._server.stdin.write(len(body).to_bytes(8, "big") + body)
            self._server.stdin.flush()
        except BrokenPipeError:
            return  # reading the answer reports it

    def _answer(self) -> dict[str, Any] | None:
        assert self._server.stdout is not None
        length = self._server.stdout.read(8)
        body = self._server.stdout.read(int.from_bytes(length, "big"))
        return json.loads(body) if body else None

    def _ended(self) -> Outcome:
        code = self._server.wait()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return Outcome(status="sandbox_error", seconds=0.0, output=f"the server of the sandbox ended with {how}")


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe:
            pipe.close()
    except BrokenPipeError:
        return  # what was not sent is for a server that has ended
