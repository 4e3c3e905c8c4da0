"""Why an entry has no rank in a suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness import few

_ABSENT: Mapping[str, Any] = {"status": "not_run", "reason": "not run"}


def why_unranked(board: Mapping[str, Any], suite: str, entry: Mapping[str, Any]) -> str | None:
    """Return why an entry of a board has no rank in a suite, None if it has one."""
    own = entry["suites"][suite]
    if own["rank"] is not None:
        return None
    if entry["noise"] is not None:
        return "scores under noise are not ranked"
    if own["missing"]:
        return "; ".join(
            _lack(task, codes, entry)
            for task, codes in board["suites"][suite]["tasks"].items()
            if task in own["missing"]
        )
    return "the suite mixes tasks with higher-is-better and lower-is-better scores"


def _lack(task: str, codes: Sequence[str], entry: Mapping[str, Any]) -> str:
    """Return which languages of a task have no score, and the reason of the first."""
    cells = entry["cells"].get(task, {})
    missing = [code for code in codes if cells.get(code, _ABSENT)["status"] != "ok"]
    if not cells:
        return f"{task} was not run"
    reason = cells.get(missing[0], _ABSENT)["reason"] if missing else "no average"
    return f"{task} has no score in {len(missing)} of {len(codes)} languages ({few(missing)}: {reason})"
