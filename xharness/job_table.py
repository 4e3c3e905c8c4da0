"""Adds stages to a plan as jobs, with the keys that name their artifacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from xharness.errors import DataError
from xharness.plan import Job, Plan
from xharness.registry import Registry
from xharness.specs.places import Cell
from xharness.specs.stage_params import Finetune
from xharness.specs.stages import ORACLE, DataRef, Stage
from xharness.store.keys import key_of

_PLAIN = (str, int, type(None))  # one tuple: a union would be made for each of millions of values
_NO_SHOTS = "; examples of the language cannot be drawn without it: leave out the language or the task"


class JobTable:
    """Adds stages to a plan as jobs; the key of equal stages is computed once."""

    def __init__(self, plan: Plan, registry: Registry) -> None:
        self._plan = plan
        self._registry = registry
        self._fingerprint = _fingerprints(plan, registry)
        self._known: dict[tuple[object, ...], list[tuple[Stage, Job]]] = {}

    def add(self, stage: Stage, cell: Cell) -> Job:
        """Return the job of a stage that serves a cell, added to the plan after the stages that it needs."""
        known = self._known.setdefault(self._bucket(stage, cell), [])
        job = next((job for other, job in known if other == stage), None)
        if job is None:
            job = self._job(_with_available_dev(stage, self._fingerprint), cell)
            known.append((stage, job))
        self._serve(job, cell)
        return job

    def _bucket(self, stage: Stage, cell: Cell) -> tuple[object, ...]:
        """Return what equal stages have in common and most others do not, so that few stages are compared."""
        plain = [value for value in vars(stage.params).values() if isinstance(value, _PLAIN)]
        made = [self.add(ref.made, cell).key for ref in stage.data.values() if ref.made]
        return (stage.kind, *plain, *made, *((ref.task, ref.language, ref.split) for ref in stage.data.values()))

    def _serve(self, job: Job, cell: Cell) -> None:
        """Add a cell to a job and to the jobs that it needs; cells are added one after the other."""
        if job.cells[-1:] != [cell]:
            job.cells.append(cell)
            for key in job.needs:
                self._serve(self._plan.jobs[key], cell)

    def _job(self, stage: Stage, cell: Cell) -> Job:
        plan = self._plan
        made = {role: self.add(ref.made, cell).key for role, ref in stage.data.items() if ref.made}
        needs = (*(self.add(start, cell).key for start in stage.inputs), *made.values())
        data: dict[str, str] = {}
        missing: dict[str, str] = {}
        for role, ref in stage.data.items():
            try:
                data[role] = f"made:{made[role]}" if role in made else self._fingerprint(ref)
            except DataError as error:
                data[role] = f"missing:{ref.task}:{ref.language}:{ref.split}"
                few = isinstance(stage.params, Finetune) and stage.params.shots
                missing[role] = f"{error}{_NO_SHOTS if few else ''}"
        problem = next((plan.jobs[key].problem for key in needs if plan.jobs[key].problem), None)
        if missing and not problem:
            _, *more = dict.fromkeys(stage.data[role].language for role in missing)
            problem = next(iter(missing.values())) + (f"; the same in {', '.join(more)}" if more else "")
        params = stage.params.key()
        if stage.params.keyed_by_request:
            params |= {"dtype": plan.dtype, "limit": plan.resolved.request.limit}
        if stage.params.trains and (own := self._model_params(stage)):
            params |= {"model": own}
        key = key_of(stage.kind, stage.params.version, params, needs, data)
        job = Job(key=key, stage=stage, needs=needs, data=data, problem=problem, made=made, missing=missing)
        return plan.jobs.setdefault(key, job)

    def _model_params(self, stage: Stage) -> dict[str, Any]:
        """Return the parameters of the adapter that a training uses, without defaults."""
        resolved = self._plan.resolved
        capabilities = {self._registry.get("tasks", ref.task).kind.capability for ref in stage.refs("train")}
        return resolved.model.training_params(resolved.model_params, capabilities)


def _fingerprints(plan: Plan, registry: Registry) -> Callable[[DataRef], str]:
    known, resolved = plan.fingerprints, plan.resolved

    def fingerprint(ref: DataRef) -> str:
        if ref not in known:
            try:
                task = registry.get("tasks", ref.task)
                known[ref] = resolved.source.fingerprint(task, ref.language, ref.split, resolved.data_options)
            except DataError as error:
                known[ref] = error
        value = known[ref]
        if isinstance(value, DataError):
            raise value
        return value

    return fingerprint


def _with_available_dev(stage: Stage, fingerprint: Callable[[DataRef], str]) -> Stage:
    """Return a stage whose oracle selection uses the available dev splits; unchanged if there are none."""
    if not isinstance(stage.params, Finetune) or stage.params.tuning.selection != ORACLE:
        return stage

    def available(role: str, ref: DataRef) -> bool:
        try:
            return not role.startswith("dev.") or bool(fingerprint(ref))
        except DataError:
            return False

    data = {role: ref for role, ref in stage.data.items() if available(role, ref)}
    return replace(stage, data=data) if any(role.startswith("dev.") for role in data) else stage
