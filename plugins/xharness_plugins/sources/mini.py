"""Examples that tasks make up: any number, at once, without a network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from xharness import BadRequest, DataError, DataOptions, Mini, Param, Source, Task, positive
from xharness_plugins.sources.rows import Row, dataset, guarded

if TYPE_CHECKING:
    from datasets import Dataset

_Make = Callable[[str, str, int], Iterable[Row]]
_FEW = 1000


def fingerprint(task: Task, language: str, split: str, options: DataOptions) -> str:
    """Name the content of a split; DataError where the task makes none, BadRequest with --data."""
    make, size = _declared(task, language, split, options)
    return _name(task, language, split, _cached(make, _what(task, language, split), language, split, size))


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Make a split; raises as `fingerprint` does, and DataError for rows that are not of the task's kind."""
    make, size = _declared(task, language, split, options)
    rows = list(_rows(make, _what(task, language, split), language, split, size))
    where = f"{task.name} {language} {split} (mini)"
    return dataset(task, rows, where, _name(task, language, split, _digest(rows)))


def _declared(task: Task, language: str, split: str, options: DataOptions) -> tuple[_Make, int]:
    """Return what makes a split, and the number of its examples."""
    if options.root is not None:
        raise BadRequest("source 'mini' reads no files: leave out --data, or use --source local")
    declared = task.data_for("mini")
    if not isinstance(declared, Mini):
        raise DataError(f"{task.name}: the task makes up no examples; use another --source")
    if split not in declared.sizes:
        raise DataError(f"{task.name} {language} {split}: the task makes up no such split")
    return declared.rows, options.params.get("size") or declared.sizes[split]


def _what(task: Task, language: str, split: str) -> str:
    return f"{task.name} {language} {split}: its examples could not be made"


def _name(task: Task, language: str, split: str, digest: str) -> str:
    return f"mini:{task.name}:{language}:{split}:{digest}"


@lru_cache(maxsize=4096)
def _cached(make: _Make, what: str, language: str, split: str, size: int) -> str:
    return _digest(_rows(make, what, language, split, size))


def _rows(make: _Make, what: str, language: str, split: str, size: int) -> Iterable[Row]:
    if size > _FEW:
        return guarded(partial(make, language, split, size), what)
    return _kept(make, what, language, split, size)


@lru_cache(maxsize=256)
def _kept(make: _Make, what: str, language: str, split: str, size: int) -> list[Row]:
    """Return the rows of a split, kept in memory: a run reads small splits several times."""
    return list(guarded(partial(make, language, split, size), what))


def _digest(rows: Iterable[Row]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()[:32]


MINI = Source(
    name="mini",
    summary="examples made up by small grammars, to try things out: no measure of a model",
    fingerprint=fingerprint,
    load=load,
    params={"size": Param(type=positive, help="examples of every split; by default the task's, about 40 to test on")},
    offline=True,
    made_up=True,
)
