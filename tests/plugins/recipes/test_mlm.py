"""Recipes that learn running text: which, how much of it, in which languages, and what is shared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plugins.recipes import test_recipes
from tests.plugins.recipes.test_recipes import CAUSES, NLI, PAIRS, POS, QA, SQUAD, XCAUSES
from xharness import BadRequest, Corpus
from xharness_plugins.recipes.intermediate import INTERMEDIATE
from xharness_plugins.recipes.intermediate_mlm import INTERMEDIATE_MLM
from xharness_plugins.recipes.intermediate_multi import INTERMEDIATE_MULTI
from xharness_plugins.recipes.mlm_continued import MLM_CONTINUED
from xharness_tasks.suites import SUITES

LINES = Corpus(name="wikipedia", languages=("de", "en", "sw", "zh", "qu"), train="en")
FEW = Corpus(name="few", languages=("qu", "ht"))
GIVEN = {"mlm_languages": "sw,de"}


def stage(*args, recipe=MLM_CONTINUED, **params):
    wish = test_recipes.wish(*args, recipe=recipe, **params)
    known = {each.name: each for each in (*test_recipes.TASKS, LINES, FEW)}
    return recipe.checkpoint(replace(wish, find=known.__getitem__))


def beside(*args, **params):
    return stage(*args, recipe=INTERMEDIATE_MLM, **params)


def test_texts_are_learnt_first_whatever_the_target():
    first = stage(PAIRS, **GIVEN)
    assert first.kind == "finetune"
    assert {role: (ref.task, ref.language, ref.split) for role, ref in first.data.items()} == {
        "train.de": ("wikipedia", "de", "train"),
        "train.sw": ("wikipedia", "sw", "train"),
        "dev.de": ("wikipedia", "de", "dev"),
        "dev.sw": ("wikipedia", "sw", "dev"),
    }
    assert (first.params.key()["rows"], first.params.key()["exponent"], first.params.key()["languages"]) == (
        10_000,
        0.3,
        ["de", "sw"],
    )
    assert first.params.key()["tuning"]["selection"] == "last"
    for target, trainer in ((POS, POS), (QA, SQUAD), (NLI, NLI), (XCAUSES, CAUSES)):
        found = stage(target, trainer, **GIVEN)
        assert first in found.walk()
        assert found.data["train"].task == trainer.name
    assert stage(PAIRS, mlm_languages=" Deutsch , swa,sw ") == first


def test_the_usual_languages_are_those_of_xtreme_that_the_corpus_has():
    assert stage(PAIRS).params.key()["languages"] == ["de", "en", "sw", "zh"]
    assert stage(PAIRS, mlm_corpus="few").params.key()["languages"] == ["ht", "qu"]
    everything = Corpus(name="wikipedia", languages=tuple("abcdefghij") + tuple(_xtreme()))
    found = test_recipes.wish(PAIRS, recipe=MLM_CONTINUED)
    found = MLM_CONTINUED.checkpoint(replace(found, find={"wikipedia": everything}.__getitem__))
    assert found.params.key()["languages"] == sorted(_xtreme())


def _xtreme():
    suite = next(suite for suite in SUITES if suite.name == "xtreme")
    return {code for languages in suite.tasks.values() for code in languages}


def test_parameters_of_the_texts_are_their_own():
    found = stage(POS, POS, mlm_epochs=3.0, mlm_learning_rate=1e-4, mlm_rows=7, mlm_exponent=1.0, epochs=2.0, **GIVEN)
    (first,) = found.inputs
    assert (first.params.key()["tuning"]["epochs"], found.params.key()["tuning"]["epochs"]) == (3, 2)
    assert (first.params.key()["tuning"]["learning_rate"], first.params.key()["rows"]) == (1e-4, 7)
    assert "exponent" not in first.params.key()  # each line once


def test_texts_are_mixed_with_tasks_and_shared_by_targets():
    first = beside(PAIRS, intermediate="nli", **GIVEN)
    assert first.kind == "multitask"
    assert set(first.data) == {
        "train.nli", "train.wikipedia.de", "train.wikipedia.sw", "dev.wikipedia.de", "dev.wikipedia.sw",
    }  # fmt: skip
    assert first.params.key()["texts"] == {"corpus": "wikipedia", "rows": 10_000, "exponent": 0.3, "share": 0.2}
    assert first.params.key()["languages"] == ["de", "en", "sw"]
    assert set(first.params.key()["lengths"]) == {"nli", "wikipedia"}
    found = beside(QA, SQUAD, intermediate="nli", **GIVEN)
    assert first in found.walk()
    assert found.data["train"].task == "squad"
    both = beside(PAIRS, intermediate="nli,squad", intermediate_selection="dev", mlm_share=0.5, **GIVEN)
    assert {"dev.nli", "dev.squad", "train.squad"} <= set(both.data)
    assert both.params.key()["texts"]["share"] == 0.5


def test_english_text_is_an_intermediate_task_like_another():
    found = stage(POS, POS, recipe=INTERMEDIATE, intermediate="wikipedia")
    (first,) = found.inputs
    assert {role: (ref.language, ref.split) for role, ref in first.data.items()} == {
        "train": ("en", "train"), "dev": ("en", "dev"),
    }  # fmt: skip


@pytest.mark.parametrize("recipe", [INTERMEDIATE, INTERMEDIATE_MULTI])
def test_texts_have_no_dev_score(recipe):
    with pytest.raises(
        BadRequest, match=r"'wikipedia' \(text\) has no dev score to select a checkpoint by; use selection=last"
    ):
        stage(
            POS,
            POS,
            recipe=recipe,
            intermediate=f"wikipedia{',nli' * (recipe != INTERMEDIATE)}",
            intermediate_selection="dev",
        )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"mlm_languages": "sw,xx"}, "parameter mlm_languages=xx: 'wikipedia' has texts in de, en, qu, sw, zh"),
        ({"mlm_languages": " , "}, "parameter mlm_languages= , : 'wikipedia' has texts in de"),
        ({"mlm_corpus": "nli"}, "parameter mlm_corpus=nli: is a task of kind classification, not a corpus"),
        ({"mlm_exponent": -1.0}, r"parameter mlm_exponent=-1\.0: must be between 0 and 10"),
        ({"mlm_epochs": 0.0}, r"parameter mlm_epochs=0\.0: must be above 0"),
    ],
)
def test_what_cannot_be_learnt_first_is_refused(params, message):
    with pytest.raises(BadRequest, match=message):
        stage(POS, POS, **params)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "recipe 'intermediate-mlm' needs tasks to train on first; add --param intermediate=mnli"),
        ({"intermediate": "nli", "mlm_share": 1.0}, r"parameter mlm_share=1\.0: must be above 0 and below 1"),
        ({"intermediate": "nli,wikipedia"}, "'wikipedia' is already used through --param mlm_corpus; leave it out"),
        ({"intermediate": "qa"}, "it is trained on squad; name that task"),
    ],
)
def test_what_cannot_be_mixed_is_refused(params, message):
    with pytest.raises(BadRequest, match=message):
        beside(POS, POS, **params)
