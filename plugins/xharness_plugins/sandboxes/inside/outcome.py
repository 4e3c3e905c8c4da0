"""Turns what was seen of a program into a status."""

from __future__ import annotations

import signal

from . import limits
from .driver import READY
from .supervise import Seen

_LIMITS = ("timeout", "memory", "output_limit")


def status(seen: Seen, key: bytes, timeout: float) -> str:
    """Return the status. Only a report with the key counts; an exit code of 0 without it is `exit_early`."""
    if seen.limit in _LIMITS:
        return seen.limit
    if not seen.ready or seen.limit:
        return "sandbox_error"
    if len(seen.output) > limits.OUTPUT:
        return "output_limit"
    report = seen.report[len(READY) :]
    if report.startswith(key):
        return report[len(key) :].decode("utf-8", "replace")
    return _without_report(seen.code, seen.cpu >= timeout)


def _without_report(code: int, used_up: bool) -> str:
    number = code - 128
    if number == signal.SIGXCPU or (number == signal.SIGKILL and used_up):
        return "timeout"
    if number in signal.valid_signals():
        return f"killed:{signal.Signals(number).name if number < signal.SIGRTMIN else number}"
    return "exit_early"


def text(seen: Seen) -> str:
    """Return the end of the output, of a program that did not start the messages, with undecodable bytes replaced."""
    output = seen.output if seen.ready else seen.output + seen.report
    return output[-limits.OUTPUT :].decode("utf-8", "replace")
