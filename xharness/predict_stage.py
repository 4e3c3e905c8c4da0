"""The stage that predicts a cell, and the stage that embeds a pool of candidates for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xharness.request import Resolved
from xharness.specs.kinds import Pool
from xharness.specs.params import Param
from xharness.specs.places import Cell
from xharness.specs.prompts import Wording
from xharness.specs.recipes import Inputs, RecipeInput
from xharness.specs.sources import CANDIDATES
from xharness.specs.stage_params import Embed, Loading, Predict
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way


@dataclass(frozen=True)
class Asked:
    """A cell, the checkpoint that is evaluated there, and how it is asked."""

    cell: Cell
    wish: RecipeInput
    checkpoint: Stage
    way: Way
    wording: Wording | None
    inputs: Inputs | None


def predict_stage(resolved: Resolved, asked: Asked, dtype: str) -> Stage:
    """Return the stage that predicts a cell as it is asked."""
    wish, way, checkpoint = asked.wish, asked.way, asked.checkpoint
    task = wish.task
    data = {"examples": DataRef(task.name, wish.language, asked.cell.split)}
    if asked.inputs:
        data["inputs"] = asked.inputs.ref
    if asked.wording and asked.wording.shots:
        data["shots"] = examples_ref(task, wish.trainer, wish.language)
    if task.kind.tunes_threshold:
        data["dev"] = DataRef(task.name, wish.language, "dev")
    params = Predict(
        loading=_loading(resolved, way.capability, dtype, _roles(task, checkpoint)),
        task_kind=task.kind.name,
        labels=tuple(getattr(task, "labels", ())),
        max_length=task.tuning.max_length,
        stride=task.tuning.stride,
        limit=resolved.request.limit,
        settings=task.kind.settings(task),
        way=None if way.native else (way.name, way.version),
        wording=asked.wording,
    )
    pool = task.kind.pool
    needed = (checkpoint, _pool(resolved, task, pool, checkpoint, dtype)) if pool else (checkpoint,)
    return Stage(params=params, inputs=needed, data=data)


def examples_ref(task: Task, trainer: Task | None, language: str) -> DataRef:
    """Return the split that examples of a prompt are drawn from: the training split of the task, else its dev split."""
    if trainer and trainer.kind == task.kind and task.training:
        return DataRef(trainer.name, task.training.language, "train")
    return DataRef(task.name, language, "dev")


def _pool(resolved: Resolved, task: Task, pool: Pool, checkpoint: Stage, dtype: str) -> Stage:
    """Return the stage that embeds the whole pool of a task, independent of the requested languages."""
    params = Embed(
        loading=_loading(resolved, task.kind.capability, dtype, _roles(task, checkpoint, "candidates")),
        max_length=pool.candidate_length(task),
        pool=pool.languages(task),
    )
    data = {f"candidates.{code}": DataRef(task.name, code, CANDIDATES) for code in params.pool}
    return Stage(params=params, inputs=(checkpoint,), data=data)


def _roles(task: Task, checkpoint: Stage, side: str | None = None) -> tuple[str, ...]:
    """Return the roles of the texts to embed, of one side or all; a trained checkpoint embeds all texts alike."""
    if checkpoint.trained_on or not task.kind.search:
        return ()
    return tuple(role for name, role in task.kind.search.roles.items() if side in (None, name))


def keyed_params(resolved: Resolved, capability: str, roles: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the parameters of the adapter that change its predictions with a capability, for texts of some roles."""
    used = _used_params(resolved, capability, roles)
    return {name: resolved.model_params[name] for name, param in used.items() if param.keyed}


def _used_params(resolved: Resolved, capability: str, roles: tuple[str, ...]) -> dict[str, Param]:
    given, declared = resolved.model_params, resolved.model.params
    return {
        name: param
        for name, param in declared.items()
        if name in given and param.capability in ("", capability) and param.role in ("", *roles)
    }


def _loading(resolved: Resolved, capability: str, dtype: str, roles: tuple[str, ...]) -> Loading:
    """Return how the model is loaded for a capability, and for texts of some roles."""
    given = resolved.model_params
    used = _used_params(resolved, capability, roles)
    return Loading(
        adapter=resolved.model.name,
        capability=capability,
        params=keyed_params(resolved, capability, roles),
        dtype=dtype,
        exact=resolved.request.exact,
        unkeyed={name: given[name] for name, param in used.items() if not param.keyed},
    )
