"""The caveats of an experiment as lines: each sort once, with the rows and targets that have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import few
from xharness.specs.caveats import in_short, sort_of

_SHOWN = 6


def notes(content: Mapping[str, Any]) -> list[str]:
    """Return the caveats of an experiment as lines: first all grave ones, then a few of the others."""
    sorts: dict[str, list[Mapping[str, Any]]] = {}
    for each in content["caveats"]:
        sorts.setdefault(sort_of(each), []).append(each)
    rows = sum(row["status"] != "refused" for row in content["rows"])
    grave: list[str] = []
    others: list[str] = []
    for alike in sorts.values():
        (grave if alike[0]["grave"] else others).append(_line(alike, rows, len(content["targets"])))
    more = len(others) - _SHOWN
    return [*grave, *others[:_SHOWN], *([f"note: {more} more, in the results.json of each row"] if more > 0 else [])]


def _line(alike: Sequence[Mapping[str, Any]], rows: int, targets: int) -> str:
    """Return caveats of one sort as one line."""
    names = {what: list(dict.fromkeys(name for each in alike for name in each[what])) for what in ("rows", "targets")}
    where = f"{_all('rows', names['rows'], rows)}, {_all('targets', names['targets'], targets)}"
    return f"note: {in_short(alike)} ({where})"


def _all(what: str, names: Sequence[str], every: int) -> str:
    return f"all {what}" if len(names) == every else f"{what} {few(names)}"
