"""Keep a record for each cell of a run and write the run's folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import reason_of, traceback_of
from xharness.plan import Job
from xharness.registry import Registry
from xharness.run.context import Context
from xharness.run.records import provenance
from xharness.run.records.cell_record import (
    CORRECT,
    NOISE_NOTE,
    Record,
    beside,
    caveats,
    predictions_path,
    record,
    replicates_path,
)
from xharness.run.records.cell_scores import (
    REPLACED,
    REPLICATES,
    correct_units,
    error_of_scoring,
    key_of_scores,
    write_array,
)
from xharness.run.records.results import RESULTS, assemble
from xharness.run.records.robustness import with_robustness
from xharness.run.replanning import absolute
from xharness.run.steps.effective import EFFECTIVE
from xharness.run.steps.noise import read_report
from xharness.run.steps.predict import PREDICTIONS
from xharness.run.steps.training import remarks
from xharness.specs.caveats import Caveat, caveat, of_model
from xharness.specs.noises import Noise, label
from xharness.specs.places import Cell
from xharness.specs.stage_params import Noising
from xharness.specs.suites import Suite
from xharness.specs.tasks import Task
from xharness.specs.works import Done
from xharness.store.writing import guarded, remove_abandoned, write_json, write_text

TRACEBACKS = "tracebacks"
"""The folder of a run with the tracebacks of internal errors."""
_SAVE_EVERY = 2.0
_LEAST_EFFECTIVE = 0.2
"""Share of the changed examples whose token ids must change, so that a noise counts as one that the model sees."""


class Recorder:
    """The records of a run so far, and its folder."""

    def __init__(self, context: Context, out: Path) -> None:
        self.context, self.plan, self.out = context, context.plan, out
        self.records: dict[Cell, Record] = {}
        self.timing: list[dict[str, Any]] = []
        asked = self.plan.resolved.request
        request = asked.record() | {"data": absolute(asked.data)}
        self._about: dict[str, Any] = {"request": request}
        self._training_caveats: dict[tuple[str, ...], list[Caveat]] = {}
        self._saved = 0.0

    def open(self) -> None:
        """Write run.json, and record the cells known before the run; StoreError if the folder is not writable."""
        self._about |= {
            "plan": provenance.stages(self.plan, self.context.store),
            "model": provenance.model(self.plan),
            "environment": provenance.environment(),
            "plugins": provenance.plugins(self.context.registry),
            "synthetic": self.plan.resolved.source.synthetic,
        }
        with guarded(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
            remove_abandoned(self.out)
            if (self.out / TRACEBACKS).is_dir():  # of an earlier run
                shutil.rmtree(self.out / TRACEBACKS)
        write_json(self.out / "run.json", self._about)
        for cell, error in self.plan.skipped.items():
            self.records[cell] = record(self.plan, cell, "skipped", reason=str(error))
        for cell, key in self.plan.predictions.items():
            job = self.plan.jobs[key]
            if job.problem:
                self.fail(cell, job.problem)
            elif self._is_stored(cell, job):
                self._enter(cell, job)

    def _is_stored(self, cell: Cell, job: Job) -> bool:
        """Return whether scores and predictions of a cell are in the store; corrupt ones are not.

        The checksum of predictions is verified when they are copied to the run's folder, that of all else each time.
        """
        store = self.context.store
        if not store.sound("score", key_of_scores(cell, job, self.context)):
            return False
        copy = self.out / predictions_path(cell, self.plan.resolved.request.seeds)
        copied = store.has("predict", job.key) and _is_copy(store.path("predict", job.key) / PREDICTIONS, copy)
        return store.sound("predict", job.key, unread=(PREDICTIONS,) if copied else ())

    def fail(self, cell: Cell, reason: str, traceback: str = "") -> Record:
        """Record the reason why a cell has no score; the traceback of an internal error is written to a file."""
        if traceback:
            reason = f"{reason}; internal error in xharness or a plugin, see {self._keep_traceback(traceback)}"
        self.records[cell] = record(self.plan, cell, "failed", reason=reason)
        return self.records[cell]

    def score(self, cell: Cell, job: Job, done: Done) -> Record:
        """Record a cell whose predictions are stored; it fails if it cannot be scored (`done.problem` says why)."""
        problem, traceback = done.problem, done.traceback
        # A worker may have scored with another version of a metric; then this process scores again.
        if problem is None and (error := error_of_scoring(cell, job, self.context)):
            problem, traceback = reason_of(error), traceback_of(error)
        if problem is None:
            self._enter(cell, job)
        else:
            # Without gold (hidden test sets) the predictions can be submitted, or scored later with `rescore`.
            self.fail(cell, problem, traceback).update(self._predicted(cell, job, None))
        self.records[cell]["timing"] = {"seconds": done.seconds}
        if time.monotonic() - self._saved >= _SAVE_EVERY:
            self.save()
        return self.records[cell]

    def _enter(self, cell: Cell, job: Job) -> None:
        changed = self._changed(job)
        if changed and not changed["changed"]:
            params = self.context.maker(job.stage.data["inputs"]).params(Noising)
            reason = f"noise '{params.noise}' at severity {params.severity} changes none of the examples"
            self.records[cell] = record(self.plan, cell, "skipped", reason=reason)
            return
        scores = self.context.store.path("score", key_of_scores(cell, job, self.context))
        scored = json.loads((scores / "score.json").read_text("utf-8"))
        drawn = replicates_path(cell, self.plan.resolved.request.seeds) if (scores / REPLICATES).exists() else None
        if drawn:
            _copy(scores / REPLICATES, self.out / drawn)
        self._keep_correct(cell, job)
        predicted = self._predicted(cell, job, scored["n"])
        if changed:
            seen = predicted["model"].pop(EFFECTIVE, None)
            changed |= {} if seen is None else {"effective": seen}
            scored["notes"] = {**scored["notes"], NOISE_NOTE: changed}
            noise = self.context.registry.get("noises", json.loads(cell.place.noise or "{}")["name"])
            predicted["caveats"] += [each.record() for each in (*_undone(cell, changed), *_risk(cell, noise))]
        if replaced := scored.pop(REPLACED, None):
            predicted["caveats"].append(caveat("lone_surrogates", **replaced).record())
        self.records[cell] = record(self.plan, cell, "ok", **scored, replicates=drawn, **predicted)

    def _predicted(self, cell: Cell, job: Job, n: int | None) -> dict[str, Any]:
        """Return what a record says of stored predictions; `n` is the number of scored units, None without a score."""
        model = json.loads((self.context.store.path("predict", job.key) / "model.json").read_text("utf-8"))
        find = self.context.task
        known = caveats(self.plan, find(cell.place.task), cell, n, model, find)
        remarks = {each.text: each for each in (*map(of_model, model.get("remarks", ())), *self._remarks(job))}
        return {
            "predictions": self._keep_predictions(cell, job),
            "model": model,
            "caveats": [each.record() for each in (*known, *remarks.values())],
        }

    def _changed(self, job: Job) -> dict[str, Any] | None:
        """Return how much a noise changed of what a job predicts on, None without noise."""
        if job.key not in self.plan.clean:
            return None
        made = self.context.maker(job.stage.data["inputs"])
        return read_report(self.context.store.path(made.kind, made.key))

    def _remarks(self, job: Job) -> list[Caveat]:
        if job.needs not in self._training_caveats:
            self._training_caveats[job.needs] = remarks(job, self.plan.jobs, self.context.store)
        return self._training_caveats[job.needs]

    def _keep_traceback(self, text: str) -> str:
        """Write a traceback to a file, one for all cells that have the same, and return its path in the folder."""
        relative = f"{TRACEBACKS}/{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}.txt"
        with guarded(self.out / TRACEBACKS):
            (self.out / TRACEBACKS).mkdir(exist_ok=True)
        write_text(self.out / relative, text)
        return relative

    def _keep_predictions(self, cell: Cell, job: Job) -> str:
        relative = predictions_path(cell, self.plan.resolved.request.seeds)
        _copy(self.context.store.path("predict", job.key) / PREDICTIONS, self.out / relative)
        return relative

    def _keep_correct(self, cell: Cell, job: Job) -> None:
        """Write which examples of a cell are right, where flips are counted."""
        path = self.out / beside(predictions_path(cell, self.plan.resolved.request.seeds), CORRECT)
        found = correct_units(cell, job, self.context) if self.plan.clean else None
        if found is not None:
            write_array(path, found)

    def save(self, *, last: bool = False) -> dict[str, Any]:
        """Write results.json with the records so far and return its content; StoreError if that fails.

        What noises do is computed only when the run ends (`last`): it reads the replicates of every cell.
        """
        self._about |= {"plan": provenance.stages(self.plan, self.context.store), "timing": self.timing}
        content = self.content()
        if last:
            content = with_robustness(content, self.out, self.context.registry)
        write_json(self.out / RESULTS, content)
        self._saved = time.monotonic()
        return content

    def content(self, reason: str | None = None) -> dict[str, Any]:
        """Return the content of results.json with the records so far; `reason` is that of cells not run."""
        resolved = self.plan.resolved
        cells = [*self.plan.predictions, *self.plan.skipped]
        return assemble(
            self._about,
            [self.records.get(cell) or record(self.plan, cell, "not_run", reason=reason) for cell in cells],
            resolved.suite,
            counted(self.context.registry, resolved.suite, [task for task, _ in resolved.targets]),
            resolved.request.seeds,
            errors(self.context.registry),
        )


def counted(registry: Registry, suite: Suite | None, tasks: Sequence[Task]) -> list[tuple[Task, tuple[str, ...]]]:
    """Return the tasks of a suite, or else the given ones, with all languages that are part of each average."""
    if suite is None:
        return [(task, task.languages) for task in tasks]
    pairs = [(registry.get("tasks", name), tuple(codes)) for name, codes in suite.tasks.items()]
    return [(task, codes or task.languages) for task, codes in pairs]


def errors(registry: Registry) -> set[str]:
    """Return the names of the metrics for which lower is better."""
    return {metric.name for metric in registry.all("metrics") if not metric.higher_is_better}


def _undone(cell: Cell, changed: Mapping[str, Any]) -> list[Caveat]:
    """Return the caveat of a noise after which few of the changed examples have other token ids."""
    if "effective" not in changed or changed["effective"] >= _LEAST_EFFECTIVE * changed["changed"]:
        return []
    noise = label(json.loads(cell.place.noise or "{}"))
    return [caveat("noise_undone", noise=noise, effective=changed["effective"], changed=changed["changed"])]


def _risk(cell: Cell, noise: Noise) -> list[Caveat]:
    """Return the caveat of a noise after which labels often no longer hold in the language of a cell."""
    if noise.risk(cell.place.language) != "high":
        return []
    return [caveat("label_risk", noise=label(json.loads(cell.place.noise or "{}")), language=cell.place.language)]


def _is_copy(source: Path, target: Path) -> bool:
    old = target.stat() if target.is_file() else None
    new = source.stat()
    # A copy keeps the time of its source.
    return old is not None and (old.st_size, old.st_mtime_ns) == (new.st_size, new.st_mtime_ns)


def _copy(source: Path, target: Path) -> None:
    if _is_copy(source, target):
        return
    with guarded(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp")
        shutil.copy2(source, temporary)
        temporary.replace(target)
