"""Measure and store the speed of this machine, to estimate the time of plans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xharness.plan import Plan
from xharness.store.writing import write_json

_FILE = "speed.json"
_MINIMUM_TOKENS = 20_000


def remember(root: Path, plan: Plan, tokens: int, seconds: float) -> None:
    """Save the rate of a forward pass, in floating-point operations per second, by device and dtype."""
    if tokens < _MINIMUM_TOKENS or not plan.resolved.info.parameters:
        return
    rates = _read(root)
    rates[_device(plan)] = 2 * plan.resolved.info.parameters * tokens / seconds
    write_json(root / _FILE, rates)


def rate(root: Path, plan: Plan) -> float | None:
    """Return the saved rate; None if no run with this device and dtype was measured."""
    saved = _read(root).get(_device(plan))
    return float(saved) if saved else None


def _device(plan: Plan) -> str:
    return f"{plan.resolved.request.device}:{plan.dtype}"


def _read(root: Path) -> dict[str, Any]:
    try:
        content = json.loads((root / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
