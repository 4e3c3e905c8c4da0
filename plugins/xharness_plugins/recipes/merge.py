"""Merging: the encoders of several English intermediate tasks become one without training, then the target's English.

An alternative to training on the tasks at once; the checkpoints are those of the recipe `intermediate`, and shared.
"""

from __future__ import annotations

import math

from xharness import BadParameter, BadRequest, Param, Recipe, RecipeInput, Stage, merge, pretrained
from xharness.engine.merging import METHODS
from xharness_plugins.recipes.intermediate import FIRST, source
from xharness_plugins.recipes.intermediate_multi import named
from xharness_plugins.recipes.tuning import PARAMS, given, phase
from xharness_plugins.recipes.zero_shot import carry, target, trained

# The papers' choices: the mean itself, 0.4 of the sum of task vectors, and TIES's own scale and top 20 per cent.
_SCALES = {"linear": 1.0, "task-arithmetic": 0.4, "ties": 1.0}


def _checkpoint(wish: RecipeInput) -> Stage:
    names = named(wish)
    if len(names) < 2:
        raise BadRequest("recipe 'merge' needs several tasks to train on: --param intermediate=mnli,squad_v1")
    method, density, scale = (wish.params[name] for name in ("method", "density", "scale"))
    if method not in METHODS:
        raise BadParameter.of("method", method, f"say {', '.join(METHODS)}")
    if not 0 < density <= 1:
        raise BadParameter.of("density", density, "must be above 0 and at most 1")
    scale = _SCALES[method] if scale is None else scale
    if not 0 < scale < math.inf:
        raise BadParameter.of("scale", scale, "must be above 0")
    base, asked = pretrained(wish.model), given(wish.params, FIRST)
    others = [trained(base, *source(wish, name), wish, asked) for name in sorted(names)]
    return target(merge(base, others, method=method, scale=scale, density=density if method == "ties" else 1.0), wish)


MERGE = Recipe(
    name="merge",
    summary="fine-tune on English intermediate tasks one by one, merge the encoders, then as zero-shot does",
    checkpoint=_checkpoint,
    params={
        "intermediate": Param(type=str, help="the tasks whose encoders are merged, as mnli,squad_v1,hellaswag"),
        "method": Param(type=str, default="linear", help=f"how they are merged: {', '.join(METHODS)}"),
        "scale": Param(type=float, help="how much of the merged change is applied; by default the method's paper's"),
        "density": Param(type=float, default=0.2, help="ties: the share of each encoder's changes that counts"),
        **carry(),
        **PARAMS,
        **phase(FIRST, "on each intermediate task"),
    },
)
