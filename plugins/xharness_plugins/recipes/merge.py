"""Merging: encoders fine-tuned on several intermediate tasks are merged into one, then fine-tuned on the target.

An alternative to training on the tasks at once. The checkpoints are shared with the recipe `intermediate`.
"""

from __future__ import annotations

import math

from xharness import BadParameter, BadRequest, Param, Recipe, RecipeInput, Stage, merge, pretrained
from xharness.engine.merging import METHODS
from xharness_plugins.recipes.intermediate import FIRST, intermediate_phase
from xharness_plugins.recipes.intermediate_multi import named
from xharness_plugins.recipes.phases import carry, target, trained
from xharness_plugins.recipes.tuning import PARAMS, phase

# The choices of the papers: the mean, 0.4 of the sum of task vectors, and the scale of TIES.
_SCALES = {"linear": 1.0, "task-arithmetic": 0.4, "ties": 1.0}


def _checkpoint(wish: RecipeInput) -> Stage:
    names = named(wish)
    if len(names) < 2:
        raise BadRequest("recipe 'merge' needs at least two tasks to train on; add --param intermediate=mnli,squad_v1")
    method, density, scale = (wish.params[name] for name in ("method", "density", "scale"))
    if method not in METHODS:
        raise BadParameter.of("method", method, f"must be one of {', '.join(METHODS)}")
    if not 0 < density <= 1:
        raise BadParameter.of("density", density, "must be above 0 and at most 1")
    scale = _SCALES[method] if scale is None else scale
    if not 0 < scale < math.inf:
        raise BadParameter.of("scale", scale, "must be above 0")
    base = pretrained(wish.model)
    others = [trained(base, wish, intermediate_phase(wish, name)) for name in sorted(names)]
    merged = merge(base, others, method=method, scale=scale, density=density if method == "ties" else 1.0)
    return target(merged, wish)


MERGE = Recipe(
    name="merge",
    summary="fine-tune on each English intermediate task, merge the encoders, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(
            type=str, help="tasks to train on first, one encoder each, such as mnli,squad_v1,hellaswag"
        ),
        "method": Param(type=str, default="linear", help=f"merging method: {', '.join(METHODS)}"),
        "scale": Param(
            type=float, help="factor of the merged change of weights; by default that of the method's paper"
        ),
        "density": Param(
            type=float, default=0.2, help="method ties: fraction of each encoder's largest changes that is kept"
        ),
        **carry(),
        **PARAMS,
        **phase(FIRST, "intermediate tasks"),
    },
)
