"""Where the few examples come from, and what they share with zero-shot."""

from __future__ import annotations

import pytest

from tests.plugins.recipes.test_in_language import NER
from tests.plugins.recipes.test_recipes import NLI, PAIRS, QA, SQUAD, stage
from xharness import BadRequest
from xharness_plugins.recipes.few_shot import FEW_SHOT


@pytest.mark.parametrize(
    ("task", "trainer", "split"),
    [(NER, NER, ("ner", "sw", "train")), (NLI, NLI, ("nli", "sw", "dev")), (QA, SQUAD, ("qa", "sw", "dev"))],
)
def test_shots_follow_english_with_the_same_head(task, trainer, split):
    found = stage(task, trainer, recipe=FEW_SHOT, seed=3, shots=5, draw=8)
    assert found.inputs == (stage(task, trainer, seed=3),)
    assert {role: (ref.task, ref.language, ref.split) for role, ref in found.data.items()} == {"train": split}
    assert found.params.key()["shots"] == {"count": 5, "draw": 8}
    assert (found.params.key()["keep_head"], found.params.key()["languages"]) == (True, ["sw"])
    assert found.params.key()["tuning"]["selection"] == "last"


def test_in_english_and_without_training_it_is_zero_shot():
    assert stage(NLI, NLI, recipe=FEW_SHOT, language="en") == stage(NLI, NLI)
    assert stage(PAIRS, recipe=FEW_SHOT) == stage(PAIRS)


def test_the_seed_draws_unless_a_draw_is_given():
    assert stage(NLI, NLI, recipe=FEW_SHOT, seed=3).params.key()["shots"] == {"count": 10, "draw": 3}
    assert stage(NLI, NLI, recipe=FEW_SHOT, seed=3, draw=0).params.key()["shots"]["draw"] == 0


def test_parameters_of_the_shots_are_their_own():
    found = stage(NLI, NLI, recipe=FEW_SHOT, epochs=1.0, shots_epochs=7.0, shots_learning_rate=1e-3)
    assert (found.params.key()["tuning"]["epochs"], found.params.key()["tuning"]["learning_rate"]) == (7, 1e-3)
    assert found.inputs == (stage(NLI, NLI, epochs=1.0),)
    with pytest.raises(BadRequest, match=r"parameter shots_epochs=-1\.0"):
        stage(NLI, NLI, recipe=FEW_SHOT, shots_epochs=-1.0)
