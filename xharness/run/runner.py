"""Execute a plan: give its works to an executor, and turn the events that come back into saved records."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, assert_never

from xharness.plan import Plan
from xharness.registry import Registry
from xharness.run import throughput as speed
from xharness.run.checkpoint_cleanup import drop_used, targets
from xharness.run.context import Context
from xharness.run.progress import Progress
from xharness.run.records.cell_record import Record
from xharness.run.records.recorder import Recorder
from xharness.run.replanning import described
from xharness.run.worker import perform, using_plan
from xharness.run.works import works_of
from xharness.specs.executors import Resources
from xharness.specs.noises import label
from xharness.specs.places import Cell
from xharness.specs.works import Done, Ended, Event, Failed, Reported, Started, Tokens, Waiting, Work
from xharness.store.artifacts import Store
from xharness.store.pruning import drop_vectors


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
        """Prepare a run; checkpoints whose keys are in `keep` are not deleted after use."""
        self.plan, self.store, self.progress = plan, store, progress
        self.context = Context(plan=plan, registry=registry, store=store)
        self.recorder = Recorder(self.context, out)
        self._described = described(plan, registry)
        self._targets = targets(plan, keep)
        self._mark: Path | None = None
        self._works: dict[str, Work] = {}
        self._over: set[str] = set()
        self._running: set[str] = set()
        self._parallel: set[str] = set()  # works during which another one ran
        self._lock = Lock()  # an executor may emit events from several threads

    def run(self) -> dict[str, Any]:
        """Run the stages that the store lacks and return the content of results.json, which is written in any case.

        Raises StoreError if something cannot be saved.
        """
        self.store.report = self.progress.note
        self.recorder.open()
        known = [
            self.recorder.records[cell]["status"] for cell in self.plan.predictions if cell in self.recorder.records
        ]
        self.progress.begin(len(self.plan.predictions) - known.count("failed"), known.count("ok"))
        try:
            with self.store.using(self.plan.jobs) as self._mark:
                self._execute()
            # Checkpoints and vectors that another process used during this run.
            drop_used(self.plan, self._targets, self.store)
            drop_vectors(self.store)
        finally:
            self.progress.end()
            content = self.recorder.save(last=True)
        return content

    def _execute(self) -> None:
        resolved = self.plan.resolved
        works = works_of(self.plan, self.store, self.recorder.records, self._described)
        self._works = {work.key: work for work in works}
        resources = Resources(
            workers=resolved.request.workers,
            device=resolved.request.device,
            store=str(self.store.root),
            params=resolved.executor_params,
        )
        with using_plan(self._described, self.context):
            resolved.executor.run(works, partial(perform, store=str(self.store.root)), self._emit, resources)
        for work in works:
            if work.key not in self._over:
                who = f"executor '{resolved.executor.name}'"
                self._fail(work, Failed(f"{who} did not run this work; report this as a bug of the executor"))

    def _emit(self, key: str, event: Event) -> None:
        """Handle an event of a work."""
        with self._lock:
            self._take(self._works[key], event)

    def _take(self, work: Work, event: Event) -> None:
        match event:
            case Started():
                self._running.add(work.key)
                if len(self._running) > 1:
                    self._parallel |= self._running
                self.progress.stage(work.title)
            case Tokens(n):
                self.progress.tokens(n)
            case Reported(report):
                self.progress.train(report, work.title if len(self._running) > 1 else "")
            case Waiting(what):
                self.progress.note(what)
            case Done():
                self._predicted(event)
            case Failed():
                if event.job is None:
                    self._fail(work, event)
                else:
                    self._unpredicted(event.job, event)
            case Ended(seconds, tokens):
                self._end(work, seconds, tokens)
            case _:
                assert_never(event)

    def _predicted(self, done: Done) -> None:
        job = self.plan.jobs[done.job]
        for cell in job.cells if job.kind == "predict" else ():
            if cell not in self.recorder.records:
                self._announce(cell, self.recorder.score(cell, job, done))

    def _unpredicted(self, key: str, failed: Failed) -> None:
        job = self.plan.jobs[key]
        for cell in job.cells if job.kind == "predict" else ():
            if cell not in self.recorder.records:
                self._announce(cell, self.recorder.fail(cell, failed.reason, failed.traceback))

    def _fail(self, work: Work, failed: Failed) -> None:
        """Record a work, and all works that need it, as failed."""
        self._over.add(work.key)
        self._running.discard(work.key)
        for key in work.jobs:
            self._unpredicted(key, failed)
        for other in self._works.values():
            if work.key in other.needs and other.key not in self._over:
                self._fail(other, failed)

    def _end(self, work: Work, seconds: float, tokens: int) -> None:
        self._over.add(work.key)
        self._running.discard(work.key)
        self.recorder.timing.append({"work": work.title, "seconds": seconds, "tokens": tokens})
        if self.plan.jobs[work.jobs[0]].kind != "predict":
            return
        if work.key not in self._parallel:  # works that run at the same time slow each other down
            speed.remember(self.store.root, self.plan, tokens, seconds)
        drop_used(self.plan, [job for job in self._targets if job.key in work.needs], self.store, self._mark)
        drop_vectors(self.store, self._mark)

    def _announce(self, cell: Cell, entry: Record) -> None:
        names = self.context.task(cell.place.task).headline_names
        shown = "  ".join(f"{name} {entry['metrics'][name]['value']:.1f}" for name in names if name in entry["metrics"])
        noise = f" {label(entry['noise'])}" if entry["noise"] else ""
        what = f"{cell.place.task} {cell.place.language}{noise}"
        self.progress.cell(f"{what}  {shown or entry['status'] + ': ' + str(entry['reason'])}")
