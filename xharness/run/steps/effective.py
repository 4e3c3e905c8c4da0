"""How much of a noise reaches a model: the examples whose token ids it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from xharness.plan import Job
from xharness.run.context import Context

EFFECTIVE = "noise_effective"
"""What the description of predictions calls the number of examples whose token ids a noise changes."""
_TYPES = ("text", "texts")
_BLOCK = 1024
Ids = Callable[[list[str]], Sequence[Sequence[int]]]


def effective(job: Job, context: Context, model: Any) -> dict[str, int]:
    """Return {EFFECTIVE: the number of examples whose token ids change}, for a job with noise.

    Nothing without noise, or where the model has no method `token_ids`.
    """
    ids: Ids | None = getattr(model, "token_ids", None)
    if job.key not in context.plan.clean or ids is None:
        return {}
    examples = context.load(job.stage.data["examples"])
    columns = [name for name, column in context.task_of(job).kind.columns.items() if column.type in _TYPES]
    pairs = [
        (change["row"], before, after)
        for change in context.changes(job.stage.data["inputs"])
        for before, after in _differing(examples[change["row"]], change["columns"], columns)
    ]
    return {EFFECTIVE: len(set(_changed(pairs, ids)))}


def _differing(row: Mapping[str, Any], changed: Mapping[str, Any], columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts of a row that differ, before and after."""
    for name in columns:
        if name in changed:
            texts = [value if isinstance(value, list) else [value] for value in (row[name], changed[name])]
            yield from ((before, after) for before, after in zip(*texts, strict=True) if before != after)


def _changed(pairs: Sequence[tuple[int, str, str]], ids: Ids) -> Iterator[int]:
    """Yield the rows of pairs of texts whose token ids differ."""
    for start in range(0, len(pairs), _BLOCK):
        some = pairs[start : start + _BLOCK]
        found = ids([before for _, before, _ in some]), ids([after for _, _, after in some])
        yield from (row for (row, _, _), before, after in zip(some, *found, strict=True) if list(before) != list(after))
