"""A check of the conformance kit, what it finds, and its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from xharness.errors import reason_of

State = Literal["ok", "warned", "failed", "skipped"]
_WORST: tuple[State, ...] = ("failed", "warned", "skipped")
_SHOWN = 3


class ConformanceWarning(UserWarning):
    """A plugin works, but has something that its author should know."""


class Skip(Exception):
    """A check cannot be done on this machine, or does not apply; the text is the reason."""


@dataclass(frozen=True)
class Problem:
    """What a check found: `failed`, `warned` or `skipped`, and one line that says what to do."""

    state: State
    text: str


def failed(text: str) -> Problem:
    """Return a problem that the author must mend."""
    return Problem("failed", text)


def warned(text: str) -> Problem:
    """Return a problem that the author should know."""
    return Problem("warned", text)


Run = Callable[[Any, Any], Iterable[Problem]]
"""Takes a spec (or a plugin) and the `Bench`, and yields problems; no problem is `ok`."""


@dataclass(frozen=True)
class Check:
    """A check of one group of objects; `what` is its description, the first line of the function's docstring."""

    group: str
    name: str
    what: str
    run: Run


@dataclass(frozen=True)
class Verdict:
    """The result of a check of one object; `text` says what to do, why it was skipped, or nothing."""

    state: State
    text: str = ""


def checks(group: str, *functions: Run) -> tuple[Check, ...]:
    """Return the checks of a group from their functions."""
    return tuple(
        Check(group, getattr(function, "__name__"), (function.__doc__ or "").splitlines()[0], function)  # noqa: B009
        for function in functions
    )


def perform(check: Check, subject: Any, bench: Any) -> Verdict:
    """Do a check; an exception of the plugin is a failure with its reason."""
    try:
        found = list(check.run(subject, bench))
    except Skip as reason:
        return Verdict("skipped", str(reason))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        return Verdict("failed", f"the check ended with {type(error).__name__}: {reason_of(error)}")
    for state in _WORST:
        texts = [problem.text for problem in found if problem.state == state]
        if texts:
            more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
            return Verdict(state, "; ".join(texts[:_SHOWN]) + more)
    return Verdict("ok")


__all__ = ["Check", "ConformanceWarning", "Problem", "Skip", "Verdict", "checks", "failed", "perform", "warned"]
