"""The suite of the intermediate tasks, and the recipe that trains on one of them, as the registry has them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from xharness import DataOptions, DataRef, ModelInfo, RecipeInput
from xharness.registry import Registry

NAMES = "anli_plus mnli qqp squad_v1 squad_v2 hellaswag ccg cosmosqa commonsenseqa".split()
REGISTRY = Registry.load()
RECIPE = REGISTRY.get("recipes", "intermediate")
MODEL = ModelInfo(
    reference="m", adapter="hf", path=Path("m"), revision=None, fingerprint="f00", architecture="BertModel",
    hidden_size=768, layers=12, parameters=1, bytes=4, max_length=512, labels=(),
)  # fmt: skip


def task_named(name):
    return REGISTRY.get("tasks", name)


def test_the_suite_holds_the_nine_tasks_in_english():
    suite = REGISTRY.get("suites", "intermediate")
    assert list(suite.tasks) == NAMES
    assert set(suite.tasks.values()) == {("en",)}
    assert not suite.groups


@pytest.mark.parametrize("name", NAMES)
def test_the_recipe_intermediate_takes_each_of_them_before_any_target(name):
    result = plan_of(task_named("xquad"), name)
    first = result.inputs[0]
    assert [each.kind for each in result.walk()] == ["pretrained", "finetune", "finetune"]
    assert first.data["train"] == DataRef(name, "en", "train")
    assert {ref.task for ref in first.data.values()} == {name}
    assert plan_of(task_named("udpos"), name).inputs[0] == first
    assert plan_of(task_named("tatoeba"), name) == first
    assert ("unanswerable" in first.params.key()) is (name == "squad_v2")


def plan_of(target, name):
    """Return the stage that the recipe makes of a target after the task `name`."""
    params = {param: each.default for param, each in RECIPE.params.items()} | {"intermediate": name}
    training = target.training
    return RECIPE.checkpoint(
        RecipeInput(
            model=MODEL,
            task=target,
            trainer=task_named(training.task) if training else None,
            language="en",
            params=params,
            seed=1,
            find=task_named,
        )
    )


def test_no_two_of_them_learn_the_same_synthetic_examples():
    source = REGISTRY.get("sources", "mini")
    seen = {}
    for name in NAMES:
        rows = source.load(task_named(name), "en", "train", DataOptions(params={"size": 30}))
        seen[name] = {repr({key: value for key, value in row.items() if key != "id"}) for row in rows}
    for one, other in combinations(NAMES, 2):
        assert len(seen[one] & seen[other]) < 3, (one, other)
