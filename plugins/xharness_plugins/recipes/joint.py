"""Joint training: the English training split and a few examples of every other language at once.

Schmidt et al. 2022, Don't Stop Fine-Tuning: On Training Regimes for Few-Shot Cross-Lingual Transfer with Multilingual
Language Models, EMNLP: steadier than going on with the few alone.
"""

from __future__ import annotations

from xharness import DataRef, Param, Recipe, RecipeInput, Shots, Stage, pretrained
from xharness_plugins.recipes.few_shot import DRAWN, draw, own_or_dev
from xharness_plugins.recipes.tuning import PARAMS, exponent_of
from xharness_plugins.recipes.zero_shot import needs_training, oracle, own, trained


def _checkpoint(wish: RecipeInput) -> Stage:
    start = pretrained(wish.model)
    if not needs_training(start, wish):
        return start
    trainer, training = own(wish)
    others = tuple(code for code in wish.task.languages if code != training.language)
    few = [own_or_dev(wish, code) for code in others]
    return trained(
        start,
        trainer,
        training,
        wish,
        wish.params,
        (training.language, *others),
        train=[DataRef(trainer.name, training.language, "train"), *few],
        shots=Shots(count=wish.params["shots"], draw=draw(wish), languages=others),
        exponent=exponent_of(wish.params),
        oracle=oracle(wish),
    )


JOINT = Recipe(
    name="joint",
    summary="fine-tune on the target's English and a few examples of every other language at once",
    checkpoint=_checkpoint,
    params={
        **DRAWN,
        "exponent": Param(
            type=float,
            default=0.5,
            help="a language of n examples has a part in proportion to n ** exponent, so that the few weigh more",
        ),
        **PARAMS,
    },
)
