"""What all recipes and all built-in tasks must keep: nothing of a target is in what is trained before it.

The stages of every recipe are built for every task; the stages that come before the last training must be the same
whatever the target, since they are to be shared by all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness import BadRequest, ModelInfo, Wish
from xharness.plan import trained_on
from xharness.registry import Registry

MODEL = ModelInfo(
    reference="m", adapter="hf", path=Path("m"), revision=None, fingerprint="f00", architecture="BertModel",
    hidden_size=768, layers=12, parameters=1, bytes=4, max_length=512,
)  # fmt: skip
FIRST = {
    "intermediate": {"intermediate": "squad_v1"},
    "intermediate-multi": {"intermediate": "squad_v1,xnli,udpos"},
    "merge": {"intermediate": "squad_v1,xnli"},
}
GIVEN = {**FIRST, "joint": {"intermediate": "squad_v1"}}


@pytest.fixture(scope="module")
def registry():
    return Registry.load(third_parties=False)


def checkpoint(registry, recipe, task, language, **given):
    trainer = registry.get("tasks", task.training.task) if task.training else None
    params = {name: param.default for name, param in recipe.params.items()} | given
    wish = Wish(
        model=MODEL, task=task, trainer=trainer, language=language, params=params, seed=1,
        find=lambda name: registry.get("tasks", name),
    )  # fmt: skip
    return recipe.checkpoint(wish)


def checkpoints(registry, name):
    """Yield each task and language that a recipe serves, with its checkpoint."""
    recipe = registry.get("recipes", name)
    for task in registry.all("tasks"):
        for language in task.languages:
            try:
                yield task, language, checkpoint(registry, recipe, task, language, **GIVEN.get(name, {}))
            except BadRequest:
                continue


@pytest.mark.parametrize("name", FIRST)
def test_what_is_trained_before_the_target_is_the_same_for_all_targets(registry, name):
    recipe = registry.get("recipes", name)
    tatoeba = registry.get("tasks", "tatoeba")
    shared = checkpoint(registry, recipe, tatoeba, "sw", **FIRST[name])
    assert shared.kind != "pretrained"
    served = 0
    for _, _, stage in checkpoints(registry, name):
        assert shared in stage.walk()
        served += 1
    assert served > 100


@pytest.mark.parametrize("name", ["zero-shot", "intermediate", "intermediate-multi", "merge", "joint"])
def test_transfer_from_english_trains_on_english_alone(registry, name):
    for _, _, stage in checkpoints(registry, name):
        assert {ref.language for ref in trained_on(stage)} <= {"en"}
        for each in stage.walk():
            assert {ref.language for ref in each.data.values()} <= {"en"}


def test_few_shot_goes_on_from_the_english_checkpoint_of_zero_shot(registry):
    zero = {(task.name, code): stage for task, code, stage in checkpoints(registry, "zero-shot")}
    for task, code, stage in checkpoints(registry, "few-shot"):
        start = zero[task.name, code]
        assert start in stage.walk()
        if stage != start:
            assert {ref.language for ref in stage.data.values()} == {code}


@pytest.mark.parametrize("name", ["zero-shot", *FIRST, "joint", "in-language-multi"])
def test_one_checkpoint_serves_all_languages_of_a_task(registry, name):
    found = {}
    for task, _, stage in checkpoints(registry, name):
        assert found.setdefault(task.name, stage) == stage


def test_in_language_trains_on_the_evaluated_language_alone(registry):
    served = {(task.name, code): trained_on(stage) for task, code, stage in checkpoints(registry, "in-language")}
    for (task, code), refs in served.items():
        assert {ref.language for ref in refs} <= {code}, task
    assert {("tydiqa", "sw"), ("udpos", "wo"), ("panx", "qu")} <= set(served)
    assert not {("udpos", "th"), ("xnli", "sw"), ("xquad", "de"), ("xcopa", "sw")} & set(served)


def test_a_stage_declares_the_languages_that_it_trains_on(registry):
    for name in registry.names("recipes"):
        for _, _, stage in checkpoints(registry, name):
            for each in stage.walk():
                if refs := each.refs("train"):
                    assert {ref.language for ref in each.data.values()} <= set(each.params["languages"])
                    assert sorted({ref.language for ref in refs}) == each.params["languages"]
