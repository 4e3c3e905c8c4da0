"""Intermediate training on several English tasks at once, then on the target's English.

Phang et al. 2020, English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, AACL, section 2.2.
How the paper mixed its tasks is not known; what can be chosen is what its tool, github.com/nyu-mll/jiant, offered.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import (
    BadRequest,
    CorpusMix,
    Mixing,
    Param,
    Recipe,
    RecipeInput,
    Stage,
    Task,
    Tuning,
    multitask,
    positive,
    pretrained,
)
from xharness_plugins.recipes.intermediate import FIRST, source
from xharness_plugins.recipes.tuning import PARAMS, exponent_of, given, phase, tuned
from xharness_plugins.recipes.zero_shot import carry, target

# The tool's learning rate and epochs; no dev split selects unless asked for.
_TUNING = Tuning(epochs=3, learning_rate=1e-5, weight_decay=0.01, selection="last")

# A mixture has no chance that it could fail to leave.
MIXED = phase(
    FIRST, "in the training on the mixture", vars(_TUNING) | {"max_length": "each task's"}, without=("reruns",)
)
MIXING = {
    "cap": Param(type=positive, default=2**17, help="examples of a task that count when steps are shared out, at most"),
    "exponent": Param(
        type=float,
        default=1.0,
        help="steps of a task are in proportion to min(examples, cap) ** exponent: 1 is proportional, 1/T a "
        "temperature of T, 0 uniform",
    ),
}


def _checkpoint(wish: RecipeInput) -> Stage:
    tasks = sources(wish)
    if len(tasks) < 2:
        raise BadRequest(
            "recipe 'intermediate-multi' needs different tasks to train on first: --param intermediate=mnli,squad_v1"
        )
    return target(mixture(wish, tasks), wish)


def sources(wish: RecipeInput) -> list[Task]:
    """Return the intermediate tasks that the user named; BadRequest where one cannot be mixed with others."""
    tasks = [source(wish, name)[0] for name in named(wish)]
    for task in tasks:
        mixable(task)
    return tasks


def named(wish: RecipeInput) -> list[str]:
    """Return the names in a list of intermediate tasks, each once."""
    names = (name.strip() for name in (wish.params["intermediate"] or "").split(","))
    return [name for name in dict.fromkeys(names) if name]


def mixable(task: Task) -> None:
    """Raise BadRequest for a task that trains vectors: it has no head that could stand beside those of others."""
    if task.kind.capability == "embed":
        raise BadRequest(f"task '{task.name}' ({task.kind.name}) cannot be trained beside other tasks")


def mixture(wish: RecipeInput, tasks: Sequence[Task], head: str | None = None, texts: CorpusMix | None = None) -> Stage:
    """Return the stage that trains on tasks, and texts, at once; its parameters begin with `intermediate_`."""
    asked = given(wish.params, FIRST)
    tuning = tuned(_TUNING, asked, wish.model.hidden_size)
    mixing = Mixing(cap=wish.params["cap"], exponent=exponent_of(wish.params))
    more = {"head": head, "max_length": asked["max_length"], "texts": texts}
    return multitask(pretrained(wish.model), tasks, tuning, mixing, seed=wish.seed, **more)


INTERMEDIATE_MULTI = Recipe(
    name="intermediate-multi",
    summary="fine-tune on several English intermediate tasks at once, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="the tasks to train on first, as mnli,squad_v1,hellaswag"),
        **MIXING,
        **carry(),
        **PARAMS,
        **MIXED,
    },
)
