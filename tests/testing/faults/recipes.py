"""Recipes with one fault each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from tests.testing.faults import Fault, plugin
from xharness import (
    BadRequest,
    DataRef,
    Param,
    Recipe,
    Stage,
    StageParams,
    TrainingData,
    finetune,
    pretrained,
)

counter = itertools.count(1)


def trained(wish, **changes):
    """Return the stage of fine-tuning on the training split of a task: no fault."""
    if wish.trainer is None or not wish.task.kind.needs_finetuning or wish.trainer.training.task != wish.trainer.name:
        raise BadRequest("nothing is trained")
    tuning = replace(wish.trainer.tuning, **changes)
    english = TrainingData(languages=(wish.trainer.training.language,))
    return finetune(pretrained(wish.model), wish.trainer, tuning, english, seed=wish.seed)


def unclear(wish):
    return trained(wish) if wish.task.labels else None


def impure(wish):
    return trained(wish, epochs=next(counter))


@dataclass(frozen=True, kw_only=True)
class Nothing(StageParams):
    """Parameters that leave the strength out of their key."""

    kind = "finetune"
    strength: float = 1.0

    def key(self):
        return {"name": "nothing"}


def rootless(wish):
    return Stage(params=Nothing())


def on_the_test(wish):
    stage = trained(wish)
    return replace(stage, data={"train": DataRef(wish.task.name, wish.language, wish.task.test_split)})


def secret(wish):
    return Stage(params=Nothing(strength=wish.params["strength"]), inputs=(pretrained(wish.model),))


def idle(wish):
    return pretrained(wish.model)


STRENGTH = {"strength": Param(type=float, default=1.0, help="how strongly")}
MANY = plugin(
    "recipes",
    recipes=[
        Recipe(name="unclear", summary="raises for some", checkpoint=unclear),
        Recipe(name="impure", summary="counts", checkpoint=impure),
        Recipe(name="rootless", summary="starts from nothing", checkpoint=rootless),
        Recipe(name="on_the_test", summary="trains on the test", checkpoint=on_the_test),
        Recipe(name="secret", summary="hides a setting", checkpoint=secret, params=STRENGTH),
        Recipe(name="idle", summary="ignores a setting", checkpoint=idle, params=STRENGTH),
        Recipe(name="helpless", summary="no help", checkpoint=idle, params={"rate": Param(type=float, default=1.0)}),
    ],
)


def fault(check, subject, message, state="failed"):
    return Fault(check=f"recipes:{check}", plugin=MANY, subject=subject, message=message, state=state)


FAULTS = [
    fault(
        "refuses_clearly", "unclear", "it raises AttributeError.*raise BadRequest with why model and task do not fit"
    ),
    fault("same_wish_same_stages", "impure", "the same wish gives other stages later; depend on nothing but the wish"),
    fault("stages_are_sound", "rootless", "stage finetune: it has no inputs; start from `pretrained"),
    fault("evaluated_split_is_not_trained_on", "on_the_test", "trains on the evaluated split 'test'; train on another"),
    fault("keys_are_honest", "secret", "two stages of kind finetune with different parameters have the same key"),
    fault("keys_are_honest", "idle", "parameter strength changes no stage of any task", "warned"),
    fault("parameters_are_sound", "helpless", "parameter rate has no `help`", "warned"),
]
