"""Real processes that start without delay, for tests that kill them.

Imports of torch, datasets and transformers take several seconds of every new interpreter. These processes are forked
from one that has done the imports and nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from multiprocessing import get_context

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "torch",
        "datasets",
        "transformers.modeling_utils",
        "transformers.models.auto.modeling_auto",
        "transformers.models.xlm_roberta.modeling_xlm_roberta",
        "transformers.integrations.hub_kernels",
        "accelerate",
        "faiss",
        "xharness.api",
        "xharness_tasks",
        "xharness_plugins",
    ]
)


def command(words: Sequence[object], env: Mapping[str, str] | None = None, prepare: Callable[[], None] = int):
    """Start `xharness WORDS`; `env` adds to the environment, `prepare` is called first in the process."""
    return Process(_command, *map(str, words), env=env, prepare=prepare)


class Forked:
    """A stand-in for the context `spawn` of multiprocessing, whose processes start without delay too.

    They have the environment of their parent, as after `spawn`, but torch is imported before it is changed.
    """

    Pipe = staticmethod(_SERVER.Pipe)

    @staticmethod
    def Process(target: Callable[..., None], args: tuple[object, ...]):
        return _SERVER.Process(target=_forked, args=(target, args, dict(os.environ)))


def _forked(target: Callable[..., None], args: tuple[object, ...], env: Mapping[str, str]) -> None:
    import torch

    os.environ.clear()
    os.environ.update(env)
    torch.set_num_threads(1)
    target(*args)


def _command(*words: str) -> int:
    from xharness.cli.main import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests with it ignored
    return main(words)


class Process:
    """A function in a process of its own, with the part of `subprocess.Popen` that the tests use.

    The function is defined in a module, and returns the exit code, or None for 0. It computes in one thread.
    """

    def __init__(
        self,
        call: Callable[..., int | None],
        *arguments: object,
        env: Mapping[str, str] | None = None,
        prepare: Callable[[], None] = int,
    ) -> None:
        (out, out_end), (err, err_end) = _SERVER.Pipe(duplex=False), _SERVER.Pipe(duplex=False)
        given = (call, arguments, {**os.environ, **(env or {})}, prepare, out_end, err_end)
        self._process = _SERVER.Process(target=_run, args=given)
        self._process.start()
        out_end.close()
        err_end.close()
        self.stdout, self.stderr = (os.fdopen(os.dup(end.fileno()), encoding="utf-8") for end in (out, err))
        out.close()
        err.close()

    def poll(self) -> int | None:
        """Return the exit code, minus the signal that killed it; None while it runs."""
        return self._process.exitcode

    returncode = property(poll)

    def send_signal(self, number: int) -> None:
        os.kill(self._process.pid, number)

    def wait(self) -> int:
        self._process.join()
        return self._process.exitcode

    def communicate(self, timeout: float = 900) -> tuple[str, str]:
        """Wait for the end and return what was written to stdout and stderr.

        A process that runs longer than `timeout` seconds is killed; TimeoutError then holds what it wrote to stderr.
        """
        with ThreadPoolExecutor(2) as readers, self.stdout, self.stderr:
            reads = [readers.submit(file.read) for file in (self.stdout, self.stderr)]
            late = wait(reads, timeout).not_done
            if late:
                self._process.kill()
            out, err = (read.result() for read in reads)
        self.wait()
        if late:
            raise TimeoutError(f"the process still ran after {timeout} seconds; it was killed\n{err}")
        return out, err


def _run(call, arguments, env, prepare, out, err) -> None:
    import torch

    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    out.close()
    err.close()
    os.environ.clear()
    os.environ.update(env)
    torch.set_num_threads(1)
    prepare()
    sys.exit(call(*arguments))
