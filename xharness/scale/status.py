"""What is done, running, failed and waiting of a saved plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xharness.scale.shared import Shared
from xharness.specs.works import Work


def status(shared: Shared) -> dict[str, Any]:
    """Return the state of a plan as JSON values: counts of works, and lists of those that run or failed.

    `since` is in UTC by the clock of the worker's machine. `seconds_left` is estimated for one worker.
    """
    running = [
        {"work": work.title, "host": holder.host, "pid": holder.pid, "since": holder.since}
        for work, holder in shared.running()
    ]
    failed = [
        {"work": shared.works[key].title, "reason": outcome.reason, "host": outcome.host, "pid": outcome.pid}
        for key, outcome in shared.outcomes.items()
        if outcome.reason
    ]
    left = [work for key, work in shared.works.items() if key not in shared.outcomes]
    return {
        "plan": shared.plan.name,
        "works": len(shared.works),
        "done": len(shared.outcomes) - len(failed),
        "running": running,
        "failed": failed,
        "waiting": len(left) - len(running),
        "seconds_left": _seconds(left),
    }


def _seconds(works: Iterable[Work]) -> float:
    return round(sum(work.seconds for work in works), 1)
