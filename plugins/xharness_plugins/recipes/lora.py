"""Zero-shot transfer with LoRA: low-rank updates of the encoder are trained instead of all its weights.

Hu et al. 2022, LoRA: Low-Rank Adaptation of Large Language Models, ICLR. The defaults of rank, alpha, targets and
learning rate are usual for XLM-R.
"""

from __future__ import annotations

import math

from xharness import BadParameter, Lora, Param, Recipe, RecipeInput, Stage, positive, pretrained
from xharness_plugins.recipes.intermediate import FIRST, PLACEBO, intermediate_phase
from xharness_plugins.recipes.phases import LAST, named_phase, needs_training, target_phase, trained
from xharness_plugins.recipes.tuning import PARAMS, phase

_RATE = 3e-4


def _checkpoint(wish: RecipeInput) -> Stage:
    from xharness_plugins.models.lora import check_library, check_targets

    base, first = pretrained(wish.model), wish.params.get("intermediate")
    if first:
        check_library()
        base = trained(base, wish, intermediate_phase(wish, first), lora=_lora(wish))
    last = target_phase(wish) if needs_training(base, wish) else named_phase(wish)
    if last is None:
        return base
    check_library()
    lora = _lora(wish)
    check_targets(lora, wish.model)
    return trained(base, wish, last, lora=lora)


def _lora(wish: RecipeInput) -> Lora:
    rank, alpha, dropout = (wish.params[name] for name in ("rank", "alpha", "lora_dropout"))
    if not 0 < alpha < math.inf:
        raise BadParameter.of("alpha", alpha, "must be above 0")
    if not 0 <= dropout < 1:
        raise BadParameter.of("lora_dropout", dropout, "must be at least 0 and below 1")
    targets = dict.fromkeys(name for name in map(str.strip, wish.params["lora_targets"].split(",")) if name)
    if not targets:
        problem = "must name modules of the encoder, such as query,value"
        raise BadParameter.of("lora_targets", wish.params["lora_targets"], problem)
    return Lora(rank=rank, alpha=alpha, dropout=dropout, targets=tuple(targets))


LORA = Recipe(
    name="lora",
    summary="fine-tune as zero-shot does, but only low-rank updates (LoRA) of the encoder",
    checkpoint=_checkpoint,
    params={
        "rank": Param(type=positive, default=16, help="rank of the updates"),
        "alpha": Param(type=float, default=32.0, help="updates are multiplied by alpha / rank"),
        "lora_dropout": Param(type=float, default=0.0, help="dropout on the input of the updates"),
        "lora_targets": Param(
            type=str,
            default="query,value",
            help="modules of the encoder that are updated; query and value are q_proj and v_proj in Llama",
        ),
        **PARAMS,
        "learning_rate": Param(type=float, default=_RATE, help="peak learning rate"),
        "intermediate": Param(type=str, help="task to train on first, with updates of its own; by default none"),
        **phase(FIRST, "in the first phase"),
        f"{FIRST}learning_rate": Param(type=float, default=_RATE, help="in the first phase: peak learning rate"),
        **PLACEBO,
        **LAST,
    },
)
