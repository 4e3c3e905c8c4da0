"""What is wrong with the answers of models that were asked in words, by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def answer_notes(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield for each task how many answers have a flaw, and how many contexts were cut, over its scored cells."""
    by_task: dict[str, list[Mapping[str, Any]]] = {}
    for cell in cells:
        if cell["status"] == "ok":
            by_task.setdefault(cell["task"], []).append(cell)
    for task, own in by_task.items():
        flaws: Counter[str] = Counter()
        for cell in own:
            flaws.update(cell["notes"].get("flaws", {}))
        cut = sum(cell["notes"].get("cut_contexts", 0) for cell in own)
        n = sum(cell["n"] for cell in own) if flaws or cut else 0
        if flaws:
            kinds = ", ".join(f"{count:,} {name}" for name, count in flaws.most_common())
            yield f"{flaws.total():,} of {n:,} answers have a flaw: {kinds} ({task})"
        if cut:
            yield f"{cut:,} of {n:,} contexts were longer than the model reads and were cut ({task})"
