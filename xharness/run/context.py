"""The plan, registry and store that every step of a run uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import DataError, StageError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.specs.kinds import Example
from xharness.specs.models import LoadOptions
from xharness.specs.stage_params import Embed, Noising, Predict
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way
from xharness.store.artifacts import Store
from xharness.store.listing import RESPONSES
from xharness.ways import named

if TYPE_CHECKING:
    from datasets import Dataset

CHECKPOINT = "checkpoint"
"""The folder of an artifact that holds a checkpoint."""
KEPT = "kept"
"""The manifest key of a checkpoint or pool made by a run that keeps its checkpoints; no later run deletes it."""
VECTORS_FILE = "vectors.f32"
"""The file of an artifact that holds the vectors of a pool of candidates."""
ROWS = "rows.jsonl"
"""The file of an artifact that holds examples."""
CHANGES = "changes.jsonl"
"""The file of an artifact that holds what differs from the examples that it was made of."""


@dataclass(frozen=True)
class Context:
    """A plan, the registry of its names, and the store of its artifacts."""

    plan: Plan
    registry: Registry
    store: Store

    def task(self, name: str) -> Task:
        """Return a task by name."""
        return self.registry.get("tasks", name)

    def task_of(self, job: Job) -> Task:
        """Return the task that a job predicts or whose candidates it embeds."""
        return self.task(next(iter(job.stage.data.values())).task)

    def way_of(self, job: Job) -> Way:
        """Return the way in which a prediction job asks its task."""
        return named(self.task_of(job), (job.params(Predict).way or (None,))[0], self.registry)

    def load(self, ref: DataRef) -> Dataset:
        """Return a split, cut to the request's limit unless the kind reads it whole; DataError if it cannot be read."""
        if ref.made:
            return self._made(ref)
        resolved = self.plan.resolved
        task = self.task(ref.task)
        examples = resolved.source.load(task, ref.language, ref.split, resolved.data_options)
        limit = resolved.request.limit
        if limit is None or (task.kind.limit != "rows" and ref.split != "train"):
            return examples
        return examples.select(range(min(limit, len(examples))))

    def _made(self, ref: DataRef) -> Dataset:
        from datasets import Dataset

        job = self.maker(ref)
        if isinstance(job.stage.params, Noising):
            return self._changed(job.stage.data["examples"], self._lines(job, CHANGES))
        return Dataset.from_list(self._lines(job, ROWS))

    def _lines(self, job: Job, name: str) -> list[dict[str, Any]]:
        path = self.store.path(job.kind, job.key) / name
        try:
            with path.open(encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except OSError as error:
            raise DataError.at(
                path, None, f"cannot read the rows that a stage made ({error.strerror}); run again"
            ) from error

    def changed_rows(self, ref: DataRef) -> list[int]:
        """Return the numbers of the rows that a noise changed, in order."""
        return [change["row"] for change in self.changes(ref)]

    def changes(self, ref: DataRef) -> list[dict[str, Any]]:
        """Return what a noise changed of each row that it changed: `row`, `columns` with new values, `edits`."""
        return self._lines(self.maker(ref), CHANGES)

    def maker(self, ref: DataRef) -> Job:
        """Return the job that makes the rows of a split that no source has."""
        assert ref.made is not None
        return next(job for job in self._makers[_reads(ref.made)] if job.stage == ref.made)

    @cached_property
    def _makers(self) -> dict[tuple[str, ...], list[Job]]:
        """Return the jobs by kind and the splits that they read."""
        found: dict[tuple[str, ...], list[Job]] = {}
        for job in self.plan.jobs.values():
            found.setdefault(_reads(job.stage), []).append(job)
        return found

    def _changed(self, ref: DataRef, changes: list[dict[str, Any]]) -> Dataset:
        """Return the examples of a split with some columns of some rows changed."""
        from datasets import Dataset

        examples = self.load(ref)
        rows = list(examples)
        for change in changes:
            rows[change["row"]] = {**rows[change["row"]], **change["columns"]}
        return Dataset.from_list(rows, features=examples.features)

    def rows(self, ref: DataRef, allowed: list[str]) -> Iterator[Example]:
        """Yield the training rows of a split, each with its language, which must be one of `allowed`."""
        if ref.language not in allowed:
            raise StageError(
                f"the training split of '{ref.task}' in {ref.language} is not allowed in this stage, only languages "
                f"{', '.join(allowed)}; correct the recipe"
            )
        for row in self.load(ref):
            yield {**row, "language": ref.language}

    def about(self, job: Job) -> dict[str, Any]:
        """Return the manifest entries of a job's artifact: its parameters and inputs, its model and its tasks."""
        made = {"params": job.stage.params.key(), "inputs": list(job.needs), "data": dict(job.data)}
        keeps = self.plan.resolved.request.keep_checkpoints and (job.stage.params.trains or job.kind == Embed.kind)
        kept = {KEPT: True} if keeps else {}
        start = job
        while start.needs:
            start = self.plan.checkpoint(start)
        # What a noise makes is made without a model.
        model = self.plan.given(start)[1].reference if start.kind == "pretrained" else None
        return {**made, **kept, "model": model, "tasks": job.subject}

    def checkpoint_path(self, job: Job) -> Path:
        """Return the folder of the checkpoint of a job: the given one, or the one that the job trains or merges."""
        if job.kind == "pretrained":
            return self.plan.given(job)[1].path
        return self.store.path(job.kind, job.key) / CHECKPOINT

    def load_options(self, job: Job) -> LoadOptions:
        """Return the options to load the checkpoint of a job; low-rank updates include their base checkpoints."""
        bases = []
        while job.of_updates:
            job = self.plan.checkpoint(job)
            bases.append(self.checkpoint_path(job))
        return replace(self.plan.resolved.load_options, bases=tuple(bases), cache=self.store.root / RESPONSES)


def _reads(stage: Stage) -> tuple[str, ...]:
    parts = [(role, ref.task, ref.language, ref.split) for role, ref in stage.data.items()]
    return (stage.kind, *(word for part in parts for word in part))


def without_gold(ref: DataRef) -> DataError:
    """Return the error for a split without gold."""
    return DataError(
        f"{ref.task} {ref.language} {ref.split}: the data contain no gold for this split, so its predictions cannot be "
        "scored; use a source with gold, or --split dev"
    )
