"""Checks of a sandbox, with a few hostile programs; they run only where its `probe` says that it works."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping

from xharness.errors import reason_of
from xharness.specs.sandboxes import Outcome, Program, Sandbox
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed

_MIB = 2**20
_FORGERY = """
import os
for number in range(1, 64):
    try:
        os.write(number, b'passed\\n{"status": "passed"}\\n')
    except OSError:
        pass
os._exit(0)
"""
_LEFT = """
import builtins
builtins.left = 1
with open('left.txt', 'w') as file:
    file.write('x')
"""
_FAIL = "assert False, 'the tests ran'"


def probe_answers(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """`probe` returns None, or the reason why the sandbox cannot be used here; `strength` is positive."""
    try:
        reason = sandbox.probe()
    except Exception as error:  # noqa: BLE001 - it is the finding
        yield failed(f"`probe` raises {type(error).__name__}: {reason_of(error)}; return the reason as a text")
        return
    if reason is not None and not str(reason).strip():
        yield failed("`probe` returns an empty text; return None if the sandbox works, else the reason")
    if sandbox.strength <= 0:
        yield failed(
            f"`strength` is {sandbox.strength}; give a number above 0, compared with 10 to 40 of the built-in ones"
        )


def programs_have_their_outcome(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """A right program passes; a wrong one, one that does not compile and one that ends early have their status."""
    expected: Mapping[str, tuple[str, str, str]] = {
        "a right program": ("x = 1", "assert x == 1", "passed"),
        "a wrong program": ("x = 2", "assert x == 1", "assertion"),
        "a program that raises": ("{}['a']", "", "exception:KeyError"),
        "a program that does not compile": ("def f(:", "", "syntax_error"),
        "a program that exits": ("import os\nos._exit(0)", _FAIL, "exit_early"),
    }
    for what, (code, tests, status) in expected.items():
        found = _run(sandbox, code, tests, bench)
        if found.status != status:
            yield failed(f"{what} has the status '{found.status}', not '{status}'; correct what `run` returns")


def limits_end_programs(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """A program without end has a timeout, and one that takes all memory is stopped."""
    endless = _run(sandbox, "while True: pass", "", bench, timeout=1.0)
    if endless.status != "timeout":
        yield failed(f"an endless program has the status '{endless.status}', not 'timeout'; kill it after `timeout`")
    greedy = _run(sandbox, "kept = []\nwhile True: kept.append(bytearray(2**22))", "", bench)
    if greedy.status not in ("memory", "exception:MemoryError"):
        yield failed(f"a program that takes all memory has the status '{greedy.status}'; limit its memory to `memory`")


def files_outside_are_not_reached(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """A program reads and changes no file of the user."""
    secret = bench.folder / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    read = _run(sandbox, f"with open({str(secret)!r}) as file: print(file.read())", "", bench)
    if "the secret" in read.output or read.passed:
        yield failed("a program reads a file outside its work folder; mount or allow nothing but Python itself")
    _run(sandbox, f"with open({str(secret)!r}, 'w') as file: file.write('changed')", "", bench)
    if secret.read_text("utf-8") != "the secret":
        yield failed("a program changes a file outside its work folder; make everything else unwritable")


def servers_are_not_reached(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """A program cannot connect to a server of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2).close()"
        found = _run(sandbox, code, "", bench)
    if found.passed:
        yield failed("a program connects to a server of this machine; give it no network")


def success_cannot_be_forged(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """A program that writes to every open file and exits does not count as passed."""
    found = _run(sandbox, _FORGERY, _FAIL, bench)
    if found.passed:
        yield failed("a program reports its own success; take the outcome from what it cannot write")


def programs_do_not_meet(sandbox: Sandbox, bench: Bench) -> Iterator[Problem]:
    """Nothing of a program is left for the next one in the same session."""
    _need(sandbox, bench)
    with sandbox.open() as session:
        session.run(Program(code=_LEFT, tests=""))
        tests = "import builtins, os\nassert not os.path.exists('left.txt') and not hasattr(builtins, 'left')"
        found = session.run(Program(code="", tests=tests))
    if not found.passed:
        yield failed("a program sees what the one before it left; give each a new process and a new work folder")


def _need(sandbox: Sandbox, bench: Bench) -> None:
    reason = bench.once(("probe", sandbox.name), sandbox.probe)
    if reason:
        raise Skip(f"the sandbox cannot be used on this machine: {reason}")


def _run(sandbox: Sandbox, code: str, tests: str, bench: Bench, timeout: float = 10.0) -> Outcome:
    _need(sandbox, bench)
    with sandbox.open() as session:
        return session.run(Program(code=code, tests=tests, timeout=timeout, memory=512 * _MIB))


CHECKS = checks(
    "sandboxes",
    probe_answers,
    programs_have_their_outcome,
    limits_end_programs,
    files_outside_are_not_reached,
    servers_are_not_reached,
    success_cannot_be_forged,
    programs_do_not_meet,
)
