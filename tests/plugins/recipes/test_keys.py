"""What all recipes must keep, those that are added later too: nothing of a target is in what is trained before it.

The stages of every recipe are built for every task and language. What comes before the target's own training must be
the same whatever the target, since it is to be shared by all of them; what the evaluated language changes must be seen
in the data that are trained on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness import BadRequest, Corpus, ModelInfo, RecipeInput
from xharness.registry import Registry

MODEL = ModelInfo(
    reference="m", adapter="hf", path=Path("m"), revision=None, fingerprint="f00", architecture="BertModel",
    hidden_size=768, layers=12, parameters=1, bytes=4, max_length=512,
)  # fmt: skip
RECIPES = Registry.load(third_parties=False).names("recipes")
# What a recipe with a parameter `intermediate` is given: several tasks where it takes them, else one.
FIRST = ({"intermediate": "anli_plus,hellaswag"}, {"intermediate": "mnli"})
# These, and no other, learn from what people annotated in other languages than English.
IN_LANGUAGE = {"in-language", "in-language-multi", "few-shot", "joint"}
# Chosen by the dev split of the language whose translation is learnt.
OWN_DEV = {"translate-train"}


def checkpoint(registry, recipe, task, language, **given):
    trainer = registry.get("tasks", task.training.task) if task.training else None
    params = {name: param.default for name, param in recipe.params.items()} | given
    wish = RecipeInput(
        model=MODEL, task=task, trainer=trainer, language=language, params=params, seed=1,
        find=lambda name: registry.get("tasks", name), ways=task.kind.ways,
    )  # fmt: skip
    return recipe.checkpoint(wish)


def given(registry, recipe):
    """Return the parameters that a recipe needs, known by its declaration alone."""
    if "intermediate" not in recipe.params:
        return {}
    task = registry.get("tasks", "xnli")
    for params in FIRST:
        try:
            checkpoint(registry, recipe, task, "en", **params)
        except BadRequest:
            continue
        return params
    raise AssertionError(f"recipe {recipe.name} takes neither one intermediate task nor several")


def checkpoints(registry, name):
    """Yield each task and language that a recipe serves, with its checkpoint."""
    recipe = registry.get("recipes", name)
    params = given(registry, recipe)
    for task in registry.all("tasks"):
        if isinstance(task, Corpus):  # never evaluated
            continue
        for language in task.languages:
            try:
                yield task, language, checkpoint(registry, recipe, task, language, **params)
            except BadRequest:
                continue


def own_of(registry, task):
    """Return the tasks that a target is trained on by itself: its trainer, and what comes before that."""
    return {task.name, task.training.task, task.training.first} if task.training else {task.name}


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_trained_before_the_target_is_the_same_for_all_targets(registry, name):
    recipe = registry.get("recipes", name)
    intermediate = set(given(registry, recipe).get("intermediate", "").split(","))
    before = []
    for task, _, stage in checkpoints(registry, name):
        own = own_of(registry, task)
        if own & intermediate or not task.kind.needs_finetuning:
            continue
        shared = [each for each in stage.walk() if not own & {ref.task for ref in each.data.values()}]
        assert shared, (task.name, stage.kind)
        if shared not in before:
            before.append(shared)
    assert len(before) == 1
    assert (
        intermediate == {""} or name == "multi-task" or {ref.task for ref in before[0][-1].trained_on} >= intermediate
    )


@pytest.mark.parametrize("name", RECIPES)
def test_retrieval_takes_what_all_targets_share(registry, name):
    recipe, tatoeba = registry.get("recipes", name), registry.get("tasks", "tatoeba")
    params = given(registry, recipe)
    shared = checkpoint(registry, recipe, tatoeba, "sw", **params)
    assert shared == checkpoint(registry, recipe, tatoeba, "de", **params)
    if name != "multi-task":  # which has one phase
        for task, _, stage in checkpoints(registry, name):
            assert shared in stage.walk(), task.name


@pytest.mark.parametrize("name", RECIPES)
def test_the_evaluated_language_is_in_nothing_but_the_data_that_are_trained_on(registry, name):
    found = {}
    for task, language, stage in checkpoints(registry, name):
        learnt = (task.name, tuple((ref.task, ref.language, ref.split) for ref in stage.trained_on))
        assert found.setdefault(learnt, stage) == stage, language


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in IN_LANGUAGE])
def test_transfer_sees_no_annotation_in_another_language_than_english(registry, name):
    for task, language, stage in checkpoints(registry, name):
        for each in stage.walk():
            for ref in each.data.values():
                free = isinstance(registry.get("tasks", ref.task), Corpus) or ref.split.startswith("translated-")
                free = free or (name in OWN_DEV and ref.split == "dev")
                assert free or ref.language == "en", (task.name, language, ref)


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in IN_LANGUAGE])
def test_no_split_that_is_evaluated_is_trained_on(registry, name):
    for task, language, stage in checkpoints(registry, name):
        splits = {(ref.task, ref.language, ref.split) for each in stage.walk() for ref in each.data.values()}
        assert (task.name, language, "test") not in splits


def test_few_shot_goes_on_from_the_english_checkpoint_of_zero_shot(registry):
    zero = {(task.name, code): stage for task, code, stage in checkpoints(registry, "zero-shot")}
    for task, code, stage in checkpoints(registry, "few-shot"):
        start = zero[task.name, code]
        assert start in stage.walk()
        if stage != start:
            assert {ref.language for ref in stage.data.values()} == {code}


@pytest.mark.parametrize(
    "name", [name for name in RECIPES if name not in {"in-language", "few-shot", "translate-train"}]
)
def test_one_checkpoint_serves_all_languages_of_a_task(registry, name):
    found = {}
    for task, _, stage in checkpoints(registry, name):
        assert found.setdefault(task.name, stage) == stage


def test_in_language_trains_on_the_evaluated_language_alone(registry):
    served = {(task.name, code): stage.trained_on for task, code, stage in checkpoints(registry, "in-language")}
    for (task, code), refs in served.items():
        assert {ref.language for ref in refs} <= {code}, task
    assert {("tydiqa", "sw"), ("udpos", "wo"), ("panx", "qu")} <= set(served)
    assert not {("udpos", "th"), ("xnli", "sw"), ("xquad", "de"), ("xcopa", "sw")} & set(served)


@pytest.mark.parametrize("name", RECIPES)
def test_a_stage_declares_the_languages_that_it_trains_on(registry, name):
    trained = 0
    for _, _, stage in checkpoints(registry, name):
        for each in stage.walk():
            if refs := each.refs("train"):
                trained += 1
                assert sorted({ref.language for ref in refs}) == each.params.key()["languages"]
    assert trained or name == "as-is"
