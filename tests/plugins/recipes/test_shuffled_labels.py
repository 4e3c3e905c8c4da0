"""The control condition: an intermediate task with permuted labels."""

from __future__ import annotations

import pytest

from tests.plugins.recipes.test_recipes import NLI, SQUAD, stage
from xharness import BadRequest
from xharness_plugins.recipes.intermediate import INTERMEDIATE
from xharness_plugins.recipes.intermediate_multi import INTERMEDIATE_MULTI
from xharness_plugins.recipes.lora import LORA


def shuffled(found):
    return [each.params.key().get("shuffled", False) for each in found.walk()]


@pytest.mark.parametrize("recipe", [INTERMEDIATE, LORA])
def test_only_the_first_phase_is_shuffled_and_only_that_is_in_its_key(recipe):
    own = stage(NLI, NLI, recipe=recipe, intermediate="squad")
    found = stage(NLI, NLI, recipe=recipe, intermediate="squad", intermediate_labels="shuffled")
    assert (shuffled(own), shuffled(found)) == ([False] * 3, [False, True, False])
    own_first, first = own.inputs[0].params.key(), found.inputs[0].params.key()
    assert first == {**own_first, "shuffled": True}


def test_a_mixture_is_shuffled_as_a_whole():
    given = {"recipe": INTERMEDIATE_MULTI, "intermediate": "nli,squad"}
    assert shuffled(stage(SQUAD, SQUAD, **given)) == [False] * 3
    assert shuffled(stage(SQUAD, SQUAD, **given, intermediate_labels="shuffled")) == [False, True, False]


def test_labels_are_their_own_or_shuffled():
    with pytest.raises(ValueError, match="must be own or shuffled"):
        INTERMEDIATE.params["intermediate_labels"].type("random")


def test_a_kind_without_labels_cannot_be_shuffled():
    from xharness import Corpus, Train, TrainingData, finetune

    corpus = Corpus(name="lines", languages=("en",), train=Train())
    base = stage(NLI, NLI).inputs[0]
    with pytest.raises(BadRequest, match=r"task 'lines' \(text\) has no labels to shuffle"):
        finetune(base, corpus, corpus.tuning, TrainingData(languages=("en",), shuffled=True), seed=1)
