"""Carrying out a plan: what the store has is served from it, the rest is run, and each cell is saved as it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.errors import StoreError, XHarnessError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.run import passages, retrieval, speed
from xharness.run.book import Book, reason_of
from xharness.run.context import Context
from xharness.run.dropping import drop_served, targets
from xharness.run.pending import makings
from xharness.run.predicting import stream
from xharness.run.progress import Progress, counted
from xharness.run.training import merge, train
from xharness.run.translating import translate
from xharness.specs.kinds import Kind
from xharness.specs.places import Cell
from xharness.specs.stage_params import Merge, Translate
from xharness.store.artifacts import Store
from xharness.store.keys import canonical


@dataclass
class Work:
    """A piece of work for an executor: one training, or all predictions of one checkpoint and head."""

    key: str
    needs: tuple[str, ...]
    jobs: list[Job]

    @property
    def title(self) -> str:
        """Say in a few words what is done."""
        job = self.jobs[0]
        if job.kind == "embed":
            return f"embed the candidates of {next(iter(job.stage.data.values())).task}"
        if job.kind == "translate":
            ref = job.stage.data["examples"]
            return f"translate {ref.task} {ref.split} ({ref.language}) into {job.params(Translate).target}"
        if job.kind == "merge":
            return f"merge {len(self.needs) - 1} checkpoints by {job.params(Merge).method}"
        if job.kind != "predict":
            codes = list(dict.fromkeys(ref.language for ref in job.stage.refs("train")))
            languages = ", ".join(codes) if len(codes) < 7 else f"{len(codes)} languages"
            return f"{job.kind} on {job.subject} ({languages}), seed {job.stage.params.key().get('seed')}"
        names = dict.fromkeys(cell.place.task for job in self.jobs for cell in job.cells)
        return f"predict {', '.join(names)}: {counted(len(self.jobs))}"


_STEPS = {"finetune": train, "multitask": train, "merge": merge, "embed": passages.embed, "translate": translate}


class Runner:
    """One run of a plan."""

    def __init__(
        self,
        plan: Plan,
        registry: Registry,
        store: Store,
        out: Path,
        progress: Progress,
        keep: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare a run; checkpoints whose keys are in `keep` are not dropped after predicting."""
        self.plan, self.store, self.progress = plan, store, progress
        context = Context(
            plan=plan,
            registry=registry,
            store=store,
            on_tokens=self._tokens,
            on_train=progress.train,
            on_wait=progress.stage,
        )
        self.context = context
        self.book = Book(context, out)
        self.failed: dict[str, str] = {}
        self._targets = targets(plan, keep)
        self._mark: Path | None = None
        self._count = 0
        self._clock = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Run what the store lacks and return the content of results.json, which is written whatever comes.

        Raises StoreError where something cannot be saved.
        """
        self.book.open()
        known = [self.book.records[cell]["status"] for cell in self.plan.predictions if cell in self.book.records]
        self.progress.begin(len(self.plan.predictions) - known.count("failed"), known.count("ok"))
        try:
            with self.store.using(self.plan.jobs) as self._mark:
                self.plan.resolved.executor.run(self._works(), self._work)
            drop_served(self.plan, self._targets, self.store)  # what another process used while this one ran
        finally:
            self.progress.end()
            content = self.book.save()
        return content

    def _works(self) -> list[Work]:
        groups: dict[str, Work] = {}
        for cell, key in self.plan.predictions.items():
            if cell in self.book.records:
                continue
            job = self.plan.jobs[key]
            place = f"{':'.join(job.needs)}:{canonical(_session(job, self.context.task_of(job).kind))}"
            work = groups.setdefault(place, Work(place, job.needs, []))
            if job not in work.jobs:
                work.jobs.append(job)
        return self._ordered(list(groups.values()))

    def _ordered(self, works: Sequence[Work]) -> list[Work]:
        """Put before each work what it needs, and side by side those of one checkpoint, so that it can then go."""
        first: dict[str, int] = {}
        for place, work in enumerate(works):
            first.setdefault(work.needs[0], place)
        ordered: dict[str, Work] = {}
        for work in sorted(works, key=lambda work: first[work.needs[0]]):
            for job in makings(self.plan, self.store, work.needs) if self._missing(work) else ():
                ordered.setdefault(job.key, Work(job.key, job.needs, [job]))
            ordered[work.key] = work
        return list(ordered.values())

    def _missing(self, work: Work) -> list[Job]:
        """Return the jobs of a work that predicts whose predictions are still to be made."""
        return [job for job in work.jobs if not self.store.has("predict", job.key)]

    def _work(self, work: Work) -> None:
        blocked = next((self.failed[key] for key in work.needs if key in self.failed), None)
        if blocked:
            self._fail(work, blocked)
            return
        self._clock = began = time.monotonic()
        before = self._count
        self.progress.stage(work.title)
        try:
            self._carry_out(work)
        except StoreError:
            raise
        except (XHarnessError, ArithmeticError, RuntimeError, ValueError, TypeError, LookupError, OSError) as error:
            self._fail(work, reason_of(error))
        seconds, tokens = time.monotonic() - began, self._count - before
        self.book.timing.append({"work": work.title, "seconds": seconds, "tokens": tokens})
        if work.jobs[0].kind == "predict":
            speed.remember(self.store.root, self.plan, tokens, seconds)
            drop_served(self.plan, [job for job in self._targets if job.key in work.needs], self.store, self._mark)

    def _carry_out(self, work: Work) -> None:
        first = work.jobs[0]
        if first.kind in _STEPS:
            _STEPS[first.kind](first, self.context)
            return
        missing = self._missing(work)
        for job in work.jobs:
            if job not in missing:
                self._predicted(job, None)
        if missing:
            _predictor(self.context.task_of(first).kind)(missing, self.context, self._predicted)

    def _predicted(self, job: Job, problem: str | None) -> None:
        now = time.monotonic()
        seconds, self._clock = now - self._clock, now
        for cell in job.cells:
            if cell not in self.book.records:
                entry = self.book.fail(cell, problem) if problem else self.book.score(cell, job, seconds)
                self._announce(cell, entry)

    def _fail(self, work: Work, reason: str) -> None:
        self.failed[work.key] = reason
        for job in work.jobs:
            if job.kind == "predict":
                self._predicted(job, reason)

    def _announce(self, cell: Cell, entry: dict[str, Any]) -> None:
        names = self.context.task(cell.place.task).headline_names
        shown = "  ".join(f"{name} {entry['metrics'][name]['value']:.1f}" for name in names if name in entry["metrics"])
        self.progress.cell(f"{cell.place.task} {cell.place.language}  {shown or 'failed: ' + str(entry['reason'])}")

    def _tokens(self, n: int) -> None:
        self._count += n
        self.progress.tokens(n)


def _predictor(kind: Kind) -> Callable[[list[Job], Context, Callable[[Job, str | None], None]], None]:
    """Return the function that predicts the cells of a kind."""
    if kind.search is None:
        return stream
    return passages.predict if kind.pool else retrieval.predict


def _session(job: Job, kind: Kind) -> dict[str, Any]:
    """Return what jobs must share to be predicted with one loaded model."""
    params = job.stage.params.key()
    names = ("capability", "params") if kind.search else [name for name in params if name != "limit"]
    return {name: params[name] for name in names}
