"""What a recipe declares: a pure function from (model, task, parameters) to the stages of a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from xharness.errors import BadRequest
from xharness.specs.caveats import Caveat
from xharness.specs.models import ModelInfo
from xharness.specs.params import Param
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way


def _no_model(reference: str) -> ModelInfo:
    raise BadRequest(f"model '{reference}': no other checkpoint can be looked up here")


@dataclass(frozen=True, kw_only=True)
class RecipeInput:
    """What a recipe is asked for: the model made fit for `task`.

    `trainer` is the task whose training split serves `task` (itself, or as SQuAD for XQuAD), None if nothing is
    trained. `language` is the one that will be evaluated: a recipe that looks at it makes a checkpoint for each
    language. `ways` are those in which the task can be asked, the preferred first. `params` holds every parameter of
    the recipe, defaults filled in. `find` looks up any other task by name, `find_model` any other checkpoint by what a
    user calls it; BadRequest if there is none.
    """

    model: ModelInfo
    task: Task
    trainer: Task | None
    language: str
    params: Mapping[str, Any]
    seed: int
    find: Callable[[str], Task]
    ways: tuple[Way, ...] = ()
    find_model: Callable[[str], ModelInfo] = _no_model


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """What is predicted on instead of an evaluated split: one row for each of its rows, in the same order.

    `language` is that of the rows. `gold` says which gold is used: that of the evaluated split (`examples`), or that of
    the rows themselves (`inputs`), which is then scored in their language; None leaves it to the kind of the task.
    `caveat` is what a reader of the score must know; the run adds a caveat of its own if that is not the usual gold.
    """

    ref: DataRef
    language: str
    gold: Literal["examples", "inputs"] | None = None
    caveat: Caveat | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe plugin.

    `checkpoint(wish)` returns the stage whose artifact is the checkpoint to evaluate. `inputs(wish, split)` returns
    what is predicted on instead of the evaluated split, None if it is the split itself. Both raise BadRequest if
    model and task do not fit, and BadParameter for a value of a parameter that is wrong for every task. They must be
    pure: the same wish, the same stages.
    """

    name: str
    summary: str
    checkpoint: Callable[[RecipeInput], Stage]
    inputs: Callable[[RecipeInput, DataRef], Inputs | None] | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    api: int = 1
