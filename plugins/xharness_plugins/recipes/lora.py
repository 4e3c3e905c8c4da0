"""Low-rank updates: as zero-shot, but of the encoder only products of two small matrices are trained and kept.

Hu et al. 2022, LoRA: Low-Rank Adaptation of Large Language Models, ICLR. Rank, alpha, targets and learning rate are
those usual for XLM-R.
"""

from __future__ import annotations

import math

from xharness import BadParameter, Lora, Param, Recipe, RecipeInput, Stage, positive, pretrained
from xharness_plugins.recipes.tuning import PARAMS
from xharness_plugins.recipes.zero_shot import needs_training, oracle, own, trained


def _checkpoint(wish: RecipeInput) -> Stage:
    from xharness_plugins.models.lora import check_library

    start = pretrained(wish.model)
    if not needs_training(start, wish):
        return start
    check_library()
    return trained(start, *own(wish), wish, wish.params, lora=_lora(wish), oracle=oracle(wish))


def _lora(wish: RecipeInput) -> Lora:
    rank, alpha, dropout = (wish.params[name] for name in ("rank", "alpha", "lora_dropout"))
    if not 0 < alpha < math.inf:
        raise BadParameter.of("alpha", alpha, "must be above 0")
    if not 0 <= dropout < 1:
        raise BadParameter.of("lora_dropout", dropout, "must be at least 0 and below 1")
    targets = dict.fromkeys(name for name in map(str.strip, wish.params["lora_targets"].split(",")) if name)
    if not targets:
        raise BadParameter.of(
            "lora_targets", wish.params["lora_targets"], "name modules of the encoder, as query,value"
        )
    return Lora(rank=rank, alpha=alpha, dropout=dropout, targets=tuple(targets))


LORA = Recipe(
    name="lora",
    summary="as zero-shot, with low-rank updates of the encoder instead of all its weights",
    checkpoint=_checkpoint,
    params={
        "rank": Param(type=positive, default=16, help="the rank of an update"),
        "alpha": Param(type=float, default=32.0, help="an update counts alpha / rank times"),
        "lora_dropout": Param(type=float, default=0.0, help="dropout upon the input of an update"),
        "lora_targets": Param(type=str, default="query,value", help="the modules of the encoder that have updates"),
        **PARAMS,
        "learning_rate": Param(type=float, default=3e-4, help="the peak learning rate"),
    },
)
