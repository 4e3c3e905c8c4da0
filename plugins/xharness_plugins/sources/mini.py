"""Examples that tasks make up: any number, at once, without a network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xharness import BadRequest, DataError, DataOptions, Mini, Param, Source, Task, positive
from xharness_plugins.sources.rows import Row, dataset, guarded

if TYPE_CHECKING:
    from datasets import Dataset


def fingerprint(task: Task, language: str, split: str, options: DataOptions) -> str:
    """Name the content of a split; DataError where the task makes none."""
    digest = hashlib.sha256()
    for row in _rows(task, language, split, options):
        digest.update(json.dumps(row, ensure_ascii=False).encode())
    return f"mini:{task.name}:{language}:{split}:{digest.hexdigest()[:32]}"


def load(task: Task, language: str, split: str, options: DataOptions) -> Dataset:
    """Make a split; DataError where the task makes none, or rows that are not of its kind."""
    where = f"{task.name} {language} {split} (mini)"
    return dataset(task, _rows(task, language, split, options), where, fingerprint(task, language, split, options))


def _rows(task: Task, language: str, split: str, options: DataOptions) -> Iterator[Row]:
    declared = task.data_for("mini")
    if not isinstance(declared, Mini):
        raise DataError(f"{task.name}: the task makes up no examples; use another --source")
    if split not in declared.sizes:
        raise DataError(f"{task.name} {language} {split}: the task makes up no such split")
    if options.root is not None:
        raise BadRequest("source 'mini' reads no files: leave out --data, or use --source local")
    size = options.params.get("size") or declared.sizes[split]
    what = f"{task.name} {language} {split}: its examples could not be made"
    return guarded(lambda: declared.rows(language, split, size), what)


MINI = Source(
    name="mini",
    summary="examples made up by small grammars, to try things out: no measure of a model",
    fingerprint=fingerprint,
    load=load,
    params={"size": Param(type=positive, help="examples of every split; by default the task's, about 40 to test on")},
    offline=True,
    made_up=True,
)
