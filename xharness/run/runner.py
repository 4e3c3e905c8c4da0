"""Carrying out a plan: what the store has is served from it, the rest is run, and each cell is saved as it ends."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.errors import StoreError, XHarnessError
from xharness.plan import Cell, Job, Plan
from xharness.registry import Registry
from xharness.run import provenance, retrieval, speed
from xharness.run.cells import Record, caveats, predictions_path, record
from xharness.run.context import Context
from xharness.run.predicting import PREDICTIONS, read, stream
from xharness.run.progress import Progress
from xharness.run.results import RESULTS, assemble
from xharness.run.scoring import gold_of, predictions_of, score
from xharness.run.training import finetune
from xharness.specs.tasks import Task
from xharness.store.artifacts import Store
from xharness.store.keys import canonical, key_of
from xharness.store.writing import guarded, write_json

_SAVE_EVERY = 2.0


@dataclass
class Work:
    """A piece of work for an executor: one training, or all predictions of one checkpoint and head."""

    key: str
    needs: tuple[str, ...]
    jobs: list[Job]


class Runner:
    """One run: its plan, its folder, and the records so far."""

    def __init__(self, plan: Plan, registry: Registry, store: Store, out: Path, progress: Progress) -> None:
        self.plan, self.registry, self.out, self.progress = plan, registry, out, progress
        self.context = Context(
            plan=plan,
            registry=registry,
            store=store,
            on_tokens=self._tokens,
            on_train=progress.train,
            on_wait=progress.stage,
        )
        self.records: dict[Cell, Record] = {}
        self.failed: dict[str, str] = {}
        self.timing: list[dict[str, Any]] = []
        self._count = 0
        self._saved = 0.0
        self._clock = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Run what the store lacks and return the content of results.json, which is saved at the end whatever comes.

        Raises StoreError where something cannot be saved.
        """
        self._prepare()
        self._serve_cached()
        try:
            works = self._works()
            self.plan.resolved.executor.run(works, self._work)
        finally:
            self.progress.end()
            content = self._save()
        return content

    def _prepare(self) -> None:
        request = self.plan.resolved.request.record()
        about = {
            "request": request,
            "plan": provenance.stages(self.plan),
            "model": provenance.model(self.plan),
            "environment": provenance.environment(),
            "plugins": provenance.plugins(self.registry),
        }
        with guarded(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        write_json(self.out / "run.json", about)
        self.about = about
        for cell, reason in self.plan.skipped.items():
            self.records[cell] = record(self.plan, cell, "skipped", reason=reason)

    def _serve_cached(self) -> None:
        served = 0
        for cell, key in self.plan.predictions.items():
            job = self.plan.jobs[key]
            if job.problem:
                self._fail(cell, job.problem)
            elif self.context.store.has("score", self._score_key(cell, job)):
                self._finish(cell, job)
                served += 1
        self.progress.begin(
            len(self.plan.predictions), served + sum(job.problem is not None for job in self._predictions())
        )

    def _predictions(self) -> list[Job]:
        return [self.plan.jobs[key] for key in self.plan.predictions.values()]

    def _works(self) -> list[Work]:
        pending = [cell for cell in self.plan.predictions if cell not in self.records]
        groups: dict[str, Work] = {}
        for cell in pending:
            job = self.plan.jobs[self.plan.predictions[cell]]
            params = {name: value for name, value in job.stage.params.items() if name != "limit"}
            if params["capability"] == "embed":
                params = {name: params[name] for name in ("capability", "kind", "params")}
            key = f"{job.needs[0]}:{canonical(params)}"
            work = groups.setdefault(key, Work(key, job.needs, []))
            if job not in work.jobs:
                work.jobs.append(job)
        trainings = self._trainings([key for work in groups.values() for key in work.needs])
        return [*trainings, *groups.values()]

    def _trainings(self, keys: Sequence[str]) -> list[Work]:
        wanted: dict[str, Work] = {}

        def want(key: str) -> None:
            job = self.plan.jobs[key]
            if key in wanted or self.context.store.has(job.kind, key):
                return
            for need in job.needs:
                want(need)
            if job.kind != "pretrained":
                wanted[key] = Work(key, job.needs, [job])

        for key in keys:
            want(key)
        return list(wanted.values())

    def _work(self, work: Work) -> None:
        blocked = next((self.failed[key] for key in work.needs if key in self.failed), None)
        if blocked:
            self._fail_all(work, blocked)
            return
        self._clock, before = time.monotonic(), self._count
        began = time.monotonic()
        self.progress.stage(self._title(work))
        try:
            self._carry_out(work)
        except StoreError:
            raise
        except (XHarnessError, ArithmeticError, RuntimeError, ValueError, OSError, MemoryError) as error:
            reason = str(error) if isinstance(error, XHarnessError) else f"{type(error).__name__}: {error}"
            self._fail_all(work, " ".join(reason.split())[:500])
        seconds, tokens = time.monotonic() - began, self._count - before
        self.timing.append({"work": self._title(work), "seconds": seconds, "tokens": tokens})
        if work.jobs[0].kind == "predict":
            speed.remember(self.context.store.root, self.plan, tokens, seconds)

    def _carry_out(self, work: Work) -> None:
        first = work.jobs[0]
        if first.kind != "predict":
            finetune(first, self.context)
            return
        missing = [job for job in work.jobs if not self.context.store.has("predict", job.key)]
        for job in work.jobs:
            if job not in missing:
                self._predicted(job, None)
        if missing:
            step = retrieval.predict if first.stage.params["capability"] == "embed" else stream
            step(missing, self.context, self._predicted)

    def _title(self, work: Work) -> str:
        job = work.jobs[0]
        if job.kind != "predict":
            ref = job.stage.data["train"]
            return f"{job.kind} on {ref.task} ({ref.language}), seed {job.stage.params.get('seed')}"
        names = dict.fromkeys(cell.task for job in work.jobs for cell in job.cells)
        return f"predict {', '.join(names)} in {len(work.jobs)} cells"

    def _tokens(self, n: int) -> None:
        self._count += n
        self.progress.tokens(n)

    def _predicted(self, job: Job, problem: str | None) -> None:
        for cell in job.cells:
            if cell in self.records:
                continue
            if problem:
                self._fail(cell, problem)
            else:
                self._score(cell, job)
            self._announce(cell)

    def _score(self, cell: Cell, job: Job) -> None:
        try:
            self._compute_score(cell, job)
        except StoreError:
            raise
        except (XHarnessError, ArithmeticError, ValueError, TypeError, KeyError) as error:
            reason = str(error) if isinstance(error, XHarnessError) else f"{type(error).__name__}: {error}"
            self._fail(cell, reason)
            return
        self._finish(cell, job)

    def _compute_score(self, cell: Cell, job: Job) -> None:
        store, task = self.context.store, self.context.task(cell.task)
        key = self._score_key(cell, job)
        if store.has("score", key):
            return
        ref = job.stage.data["examples"]
        limit = self.plan.resolved.request.limit
        predictions = predictions_of(task.kind.name, read(store.path("predict", job.key) / PREDICTIONS))
        gold = gold_of(task, ref, self.context.load(ref), limit)
        metrics, n, notes = score(self.registry, task, cell.language, predictions, gold)
        with store.creating("score", key, {"predictions": job.key}) as folder:
            write_json(folder / "score.json", {"metrics": metrics, "n": n, "notes": notes})

    def _score_key(self, cell: Cell, job: Job) -> str:
        task = self.context.task(cell.task)
        signatures = [self.registry.get("metrics", name).signature for name in task.metric_names]
        params = {"language": cell.language, "metrics": signatures, "kind": task.kind.name}
        return key_of("score", 1, params, [job.key], job.data)

    def _finish(self, cell: Cell, job: Job) -> None:
        store, task = self.context.store, self.context.task(cell.task)
        scored = json.loads((store.path("score", self._score_key(cell, job)) / "score.json").read_text("utf-8"))
        artifact = store.path("predict", job.key)
        relative = predictions_path(cell, self.plan.resolved.request.seeds)
        self._copy(artifact / PREDICTIONS, self.out / relative)
        self.records[cell] = record(
            self.plan,
            cell,
            "ok",
            **scored,
            predictions=relative,
            model=json.loads((artifact / "model.json").read_text("utf-8")),
            caveats=caveats(self.plan, task, cell, scored["n"]),
        )

    def _copy(self, source: Path, target: Path) -> None:
        if (
            target.is_file()
            and target.stat().st_size == source.stat().st_size
            and target.stat().st_mtime >= source.stat().st_mtime
        ):
            return
        with guarded(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.tmp")
            shutil.copyfile(source, temporary)
            temporary.replace(target)

    def _fail(self, cell: Cell, reason: str) -> None:
        self.records[cell] = record(self.plan, cell, "failed", reason=reason)

    def _fail_all(self, work: Work, reason: str) -> None:
        self.failed[work.key] = reason
        for job in work.jobs:
            if job.kind != "predict":
                continue
            for cell in job.cells:
                if cell not in self.records:
                    self._fail(cell, reason)
                    self._announce(cell)

    def _announce(self, cell: Cell) -> None:
        entry = self.records[cell]
        now = time.monotonic()
        entry["timing"] = {"seconds": now - self._clock}
        self._clock = now
        name = self.context.task(cell.task).headline_names
        shown = "  ".join(f"{key} {entry['metrics'][key]['value']:.1f}" for key in name if key in entry["metrics"])
        self.progress.cell(f"{cell.task} {cell.language}  {shown or entry['status'] + ': ' + str(entry['reason'])}")
        if now - self._saved >= _SAVE_EVERY:
            self._save()

    def _save(self) -> dict[str, Any]:
        resolved = self.plan.resolved
        cells = [*self.plan.predictions, *self.plan.skipped]
        records = [self.records.get(cell) or record(self.plan, cell, "not_run") for cell in cells]
        content = assemble(
            self.about | {"timing": self.timing},
            records,
            resolved.suite,
            counted(self.registry, resolved.suite, [task for task, _ in resolved.targets]),
            resolved.request.seeds,
        )
        write_json(self.out / RESULTS, content)
        self._saved = time.monotonic()
        return content


def counted(registry: Registry, suite: Any, tasks: Sequence[Task]) -> list[tuple[Task, tuple[str, ...]]]:
    """Return the tasks of a suite (or the given ones) with all the languages that count for each."""
    if suite is None:
        return [(task, task.languages) for task in tasks]
    named: Mapping[str, tuple[str, ...]] = suite.tasks
    return [
        (registry.get("tasks", name), tuple(codes) or registry.get("tasks", name).languages)
        for name, codes in named.items()
    ]
