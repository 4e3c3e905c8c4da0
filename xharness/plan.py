"""The plan: the stages of a request in dependency order; equal stages are one job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from xharness.errors import BadRequest, DataError
from xharness.model_lookup import Found
from xharness.request import Resolved
from xharness.specs.places import Cell
from xharness.specs.recipes import Inputs
from xharness.specs.stage_params import Finetune, Pretrained, StageParams
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task

Params = TypeVar("Params", bound=StageParams)


@dataclass(slots=True)
class Job:
    """A stage with its key, the keys of the stages that it needs, and the cells that need it.

    `data` maps each role to the fingerprint of its split; `made` maps the roles of splits that a stage makes to the key
    of that stage, `missing` the roles of splits that the source lacks to the reason. `problem` is the reason why the
    job cannot run, None if it can.
    """

    key: str
    stage: Stage
    needs: tuple[str, ...]
    data: Mapping[str, str]
    cells: list[Cell] = field(default_factory=list)
    problem: str | None = None
    made: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return the kind of the stage."""
        return self.stage.kind

    def params(self, of: type[Params]) -> Params:
        """Return the parameters of the stage as the class `of`; raise TypeError if they are of another class."""
        if not isinstance(self.stage.params, of):
            raise TypeError(f"the parameters of a stage of kind {self.kind} are not {of.__name__}")
        return self.stage.params

    @property
    def of_updates(self) -> bool:
        """Return whether the artifact is low-rank updates of the checkpoint that the job starts from."""
        return isinstance(self.stage.params, Finetune) and self.stage.params.lora is not None

    @property
    def subject(self) -> str:
        """Return the tasks that the job trains on or reads, or else those that its checkpoint was trained on."""
        refs = self.stage.refs("train") or list(self.stage.data.values()) or self.stage.trained_on
        return ", ".join(dict.fromkeys(ref.task for ref in refs))


@dataclass
class Plan:
    """Jobs by key, in dependency order, and the key of the predictions of each cell.

    `skipped` has the errors of cells that cannot be planned. `inputs` has the inputs of cells that are predicted on
    another split than the evaluated one. `others` are the checkpoints besides the evaluated one, by the reference in
    the recipe. `fingerprints` are the fingerprints of splits, or the errors of splits that have none. `clean` maps the
    key of predictions with noise to that of the predictions without.
    """

    resolved: Resolved
    jobs: dict[str, Job]
    predictions: dict[Cell, str]
    skipped: dict[Cell, BadRequest]
    dtype: str
    inputs: dict[Cell, Inputs] = field(default_factory=dict)
    others: dict[str, Found] = field(default_factory=dict)
    fingerprints: dict[DataRef, str | DataError] = field(default_factory=dict)
    clean: dict[str, str] = field(default_factory=dict)

    def of_kind(self, kind: str) -> Iterator[Job]:
        """Yield the jobs of a kind in dependency order."""
        return (job for job in self.jobs.values() if job.kind == kind)

    def checkpoint(self, job: Job) -> Job:
        """Return the job whose artifact is the checkpoint that a job starts from."""
        return self.jobs[job.needs[0]]

    def given(self, job: Job) -> Found:
        """Return the checkpoint of a job of kind `pretrained`, with its adapter."""
        named = job.params(Pretrained).fingerprint
        others = (found for found in self.others.values() if found[1].fingerprint == named)
        return next(others, (self.resolved.model, self.resolved.info))


def usual_gold(task: Task) -> Literal["examples", "inputs"]:
    """Return which gold counts by default if predictions are made on other inputs than the evaluated split."""
    return "inputs" if task.kind.gold_follows_inputs else "examples"
