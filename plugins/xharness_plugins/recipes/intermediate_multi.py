"""Intermediate training on several English tasks at once, then on the target's English.

Phang et al. 2020, English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too, AACL, section 2.2.
The paper does not state how it mixed the tasks; the parameters are those of its library, github.com/nyu-mll/jiant.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import (
    BadRequest,
    CorpusMix,
    Mixing,
    Mixture,
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
from xharness_plugins.recipes.intermediate import FIRST, PLACEBO, intermediate_phase
from xharness_plugins.recipes.phases import LAST, carry, target
from xharness_plugins.recipes.tuning import PARAMS, exponent_of, given, phase, tuned

# The learning rate and epochs of jiant; by default no dev split selects a checkpoint.
_TUNING = Tuning(epochs=3, learning_rate=1e-5, weight_decay=0.01, selection="last")

# Reruns are left out: a failed run is detected by a loss at chance, which is not defined for a mixture.
MIXED = phase(FIRST, "mixture", vars(_TUNING) | {"max_length": "each task's"}, without=("reruns",))
MIXING = {
    "cap": Param(
        type=positive,
        default=2**17,
        help="maximum number of examples that a task counts with when steps are distributed",
    ),
    "exponent": Param(
        type=float,
        default=1.0,
        help="steps of a task are proportional to min(examples, cap) ** exponent: 1 is proportional sampling, 1/T "
        "sampling with temperature T, 0 uniform sampling",
    ),
}


def _checkpoint(wish: RecipeInput) -> Stage:
    tasks = sources(wish)
    if len(tasks) < 2:
        raise BadRequest(
            "recipe 'intermediate-multi' needs at least two tasks to train on first; add "
            "--param intermediate=mnli,squad_v1"
        )
    return target(mixture(wish, tasks), wish)


def sources(wish: RecipeInput) -> list[Task]:
    """Return the intermediate tasks that the user named; BadRequest if one cannot be mixed with others."""
    tasks = [intermediate_phase(wish, name).task for name in named(wish)]
    for task in tasks:
        check_mixable(task)
    return tasks


def named(wish: RecipeInput) -> list[str]:
    """Return the names in a list of intermediate tasks, each once."""
    names = (name.strip() for name in (wish.params["intermediate"] or "").split(","))
    return [name for name in dict.fromkeys(names) if name]


def check_mixable(task: Task) -> None:
    """Raise BadRequest for a task that trains embeddings: it has no head."""
    if task.kind.capability == "embed":
        raise BadRequest(
            f"task '{task.name}' ({task.kind.name}) trains embeddings and has no head, so it cannot be mixed with "
            "other tasks; leave it out"
        )


def mixture(wish: RecipeInput, tasks: Sequence[Task], head: str | None = None, texts: CorpusMix | None = None) -> Stage:
    """Return the stage that trains on tasks, and on the corpus `texts`, at once, with the `intermediate_` parameters.

    `head` names the task whose head is stored.
    """
    params = given(wish.params, FIRST)
    tuning = tuned(_TUNING, params, wish.model.hidden_size)
    mixing = Mixing(cap=wish.params["cap"], exponent=exponent_of(wish.params))
    shuffled = any(intermediate_phase(wish, name).shuffled for name in named(wish))
    mixed = Mixture(tasks=tasks, mixing=mixing, texts=texts, max_length=params["max_length"], shuffled=shuffled)
    return multitask(pretrained(wish.model), mixed, tuning, seed=wish.seed, head=head)


INTERMEDIATE_MULTI = Recipe(
    name="intermediate-multi",
    summary="fine-tune on several English intermediate tasks at once, then on the target as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="tasks to train on first, such as mnli,squad_v1,hellaswag"),
        **MIXING,
        **carry(),
        **PARAMS,
        **MIXED,
        **PLACEBO,
        **LAST,
    },
)
