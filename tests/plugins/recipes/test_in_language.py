"""Which languages the recipes that train on the target languages take, and what that leaves as it was."""

from __future__ import annotations

import pytest

from tests.plugins.recipes.test_recipes import CAUSES, NLI, PAIRS, QA, SQUAD, XCAUSES, stage
from xharness import BadRequest, Tagging, Train
from xharness_plugins.recipes.in_language import IN_LANGUAGE, IN_LANGUAGE_MULTI

NER = Tagging(name="ner", languages=("en", "sw", "yo", "th"), labels=("O", "X"), train=Train(languages=("yo", "sw")))


def test_each_language_is_trained_on_its_own_split_and_selected_on_its_own():
    found = stage(NER, NER, recipe=IN_LANGUAGE, language="yo", seed=4)
    assert {role: (ref.language, ref.split) for role, ref in found.data.items()} == {
        "train": ("yo", "train"),
        "dev": ("yo", "dev"),
    }
    assert (found.params.key()["languages"], found.params.key()["seed"]) == (["yo"], 4)
    assert found != stage(NER, NER, recipe=IN_LANGUAGE, language="sw", seed=4)


def test_in_english_it_is_what_zero_shot_trains():
    for task, trainer in ((NER, NER), (NLI, NLI), (QA, SQUAD), (XCAUSES, CAUSES)):
        assert stage(task, trainer, recipe=IN_LANGUAGE, language="en") == stage(task, trainer)


@pytest.mark.parametrize(("task", "trainer", "code"), [(NER, NER, "th"), (QA, SQUAD, "sw"), (XCAUSES, CAUSES, "sw")])
def test_a_language_without_a_split_is_refused(task, trainer, code):
    with pytest.raises(BadRequest, match=f"'{task.name}' has no training split in {code}, only in en"):
        stage(task, trainer, recipe=IN_LANGUAGE, language=code)


def test_all_languages_together_are_one_checkpoint_whatever_is_evaluated():
    found = [stage(NER, NER, recipe=IN_LANGUAGE_MULTI, language=code) for code in NER.languages]
    assert found[1:] == found[:-1]
    assert [ref.language for ref in found[0].refs("train")] == ["en", "sw", "yo"]
    assert [(ref.language, ref.split) for ref in found[0].refs("dev")] == [("en", "dev")]
    assert found[0].params.key()["languages"] == ["en", "sw", "yo"]
    assert stage(QA, SQUAD, recipe=IN_LANGUAGE_MULTI) == stage(QA, SQUAD)


def test_what_needs_no_training_is_taken_as_given():
    for recipe in (IN_LANGUAGE, IN_LANGUAGE_MULTI):
        assert stage(PAIRS, recipe=recipe).kind == "pretrained"
