"""Rows whose vectors are read in another way than the baseline's: their scores differ for that reason too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xharness.experiment.scores import Scores
from xharness.specs.caveats import caveat

_PARTS = ("layer", "pooling", "prompt", "query_prompt", "document_prompt")


def other_vectors(rows: Mapping[str, Scores], baseline: str) -> Iterator[dict[str, Any]]:
    """Yield a caveat, with its rows and targets, for each way of reading vectors that is not the baseline's.

    A folder of sentence-transformers has its declared vectors as it is, and those of a middle layer once its encoder is
    fine-tuned, for example.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    base = rows[baseline]
    for name, scores in rows.items():
        for task in scores.cells.keys() & base.cells.keys():
            row, own = _reading(scores, task), _reading(base, task)
            if row and own and row != own:
                facts = caveat("other_vectors", row=row, baseline=own).record()
                one = found.setdefault((row, own), {**facts, "rows": [], "targets": []})
                one["rows"] += [name] if name not in one["rows"] else []
                one["targets"] += [task] if task not in one["targets"] else []
    for each in found.values():
        yield {**each, "targets": sorted(each["targets"])}


def _reading(scores: Scores, task: str) -> str:
    """Return how the vectors of a task were read, from its first cell with a score; empty if it has none."""
    for record in scores.cells[task].values():
        model = record["model"] or {}
        if record["status"] == "ok" and "pooling" in model:
            return ", ".join(f"{part} {model[part]}" for part in _PARTS if model.get(part) not in (None, ""))
    return ""
