"""What readers of an experiment's scores must know: each caveat once, with the rows and targets that it holds for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.submission.remarks import few

_SHOWN = 6
# Not the numbers in names, as bucc2018.
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)")
# Scores that are no measure of zero-shot transfer, or of anything: no number of other caveats may hide these.
_ALWAYS = re.compile(
    r"made-up |oracle: |predicted on a machine translation|.*(was trained on|was chosen by).* the evaluated split"
    r"|.*did not leave chance"
)


def notes(content: Mapping[str, Any]) -> list[str]:
    """Return the caveats of an experiment in lines: the grave ones first and all of them, of the others a few."""
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for each in content["caveats"]:
        alike.setdefault(_NUMBER.sub("#", each["text"]), []).append(each)
    rows = sum(row["status"] != "refused" for row in content["rows"])
    grave: list[str] = []
    others: list[str] = []
    for found in alike.values():
        (grave if _ALWAYS.match(found[0]["text"]) else others).append(_line(found, rows, len(content["targets"])))
    more = len(others) - _SHOWN
    return [*grave, *others[:_SHOWN], *([f"note: {more} more, in the results.json of each row"] if more > 0 else [])]


def _line(alike: Sequence[Mapping[str, Any]], rows: int, targets: int) -> str:
    """Put caveats that differ in numbers alone in one line."""
    text, more = alike[0]["text"], len(alike) - 1
    other = f"; and {more} more with other numbers" if more else ""
    named = {what: list(dict.fromkeys(name for each in alike for name in each[what])) for what in ("rows", "targets")}
    return f"note: {text}{other} ({_all('rows', named['rows'], rows)}, {_all('targets', named['targets'], targets)})"


def _all(what: str, names: Sequence[str], every: int) -> str:
    return f"all {what}" if len(names) == every else f"{what} {few(names)}"
