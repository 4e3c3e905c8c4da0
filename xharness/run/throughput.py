"""How fast this machine was, remembered from run to run, so that plans can be priced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xharness.plan import Plan
from xharness.store.writing import write_json

_FILE = "speed.json"
_MINIMUM_TOKENS = 20_000


def remember(root: Path, plan: Plan, tokens: int, seconds: float) -> None:
    """Keep the rate of a forward pass, in floating-point operations a second, by device and dtype."""
    if tokens < _MINIMUM_TOKENS:
        return
    rates = _read(root)
    rates[_place(plan)] = 2 * plan.resolved.info.parameters * tokens / seconds
    write_json(root / _FILE, rates)


def rate(root: Path, plan: Plan) -> float | None:
    """Return the remembered rate, or None where this machine has not run anything of the kind."""
    found = _read(root).get(_place(plan))
    return float(found) if found else None


def _place(plan: Plan) -> str:
    return f"{plan.resolved.request.device}:{plan.dtype}"


def _read(root: Path) -> dict[str, Any]:
    try:
        content = json.loads((root / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
