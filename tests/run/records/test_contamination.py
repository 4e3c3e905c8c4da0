"""Declared overlaps: reported if a checkpoint saw rows twice or was selected on evaluated rows."""

from __future__ import annotations

import pytest

from tests.plugins.recipes.test_keys import MODEL, RECIPES, checkpoints
from xharness import DataRef, RecipeInput, Stage, caveat, pretrained
from xharness.registry import Registry
from xharness.run.records.contamination import overlaps
from xharness.specs.stage_params import Loading, Predict

PREDICT = Predict(
    loading=Loading(adapter="hf", capability="classify", params={}, dtype="float32", exact=False),
    task_kind="classification", labels=(), max_length=128, stride=0, limit=None,
)  # fmt: skip
QUESTIONS = "training questions of SQuAD v1.1"


@pytest.fixture(scope="module")
def registry():
    return Registry.load(third_parties=False)


@pytest.fixture
def found(registry):
    """Return the caveats of a task's cell that a recipe makes."""

    def find(name):
        return registry.get("tasks", name)

    def of(name, language="sw", split="test", recipe="zero-shot", **given):
        task, made_by = find(name), registry.get("recipes", recipe)
        params = {key: param.default for key, param in made_by.params.items()} | given
        wish = RecipeInput(
            model=MODEL, task=task, trainer=task.training and find(task.training.task), language=language,
            params=params, seed=1, find=find, find_model=lambda reference: MODEL,
        )  # fmt: skip
        checkpoint = made_by.checkpoint(wish)
        examples = DataRef(name, language, split)
        return overlaps(Stage(params=PREDICT, inputs=(checkpoint,), data={"examples": examples}), find)

    return of


@pytest.mark.parametrize("task", ["xnli", "xquad", "mlqa", "tydiqa", "udpos", "lareqa", "xcopa", "tatoeba"])
def test_ordinary_transfer_overlaps_nothing(found, task):
    assert found(task) == []


@pytest.mark.parametrize(
    ("first", "task", "said"),
    [
        ("mnli", "xnli", "the English pairs of MultiNLI (mnli for 2 epochs, xnli for 5 epochs)"),
        ("anli_plus", "xnli", "the English pairs of MultiNLI (anli_plus for 2 epochs, xnli for 5 epochs)"),
        ("xnli", "xnli", "xnli en train (xnli for 5 epochs, xnli for 5 epochs)"),
        ("squad_v2", "mlqa", f"{QUESTIONS} (squad_v2 for 3 epochs, squad_v1 for 3 epochs)"),
        ("squad_v1", "xquad", "squad_v1 en train (squad_v1 for 3 epochs, squad_v1 for 3 epochs)"),
        (
            "squad_v1",
            "lareqa",
            "training questions of SQuAD v1.1 (squad_v1 for 3 epochs, squad_sentences for 3 epochs)",
        ),
    ],
)
def test_rows_that_are_seen_again_are_told_with_the_passes(found, first, task, said):
    [twice] = found(task, recipe="intermediate", intermediate=first)
    assert (twice.code, twice.grave, twice.text) == ("trained_twice", False, f"trained on more than once: {said}")


@pytest.mark.parametrize(("first", "task"), [("mnli", "pawsx"), ("squad_v1", "tydiqa"), ("hellaswag", "xquad")])
def test_other_pairs_are_silent(found, first, task):
    assert found(task, recipe="intermediate", intermediate=first) == []


def test_a_mixture_of_all_is_counted_too(found):
    said = found("xnli", recipe="intermediate-multi", intermediate="mnli,anli_plus,squad_v1,squad_v2")
    assert said[0].facts["phases"][0] == {"task": "anli_plus", "epochs": None}
    assert [each.text for each in said] == [
        "trained on more than once: the English pairs of MultiNLI "
        "(anli_plus in a mixture, mnli in a mixture, xnli for 5 epochs)",
        f"trained on more than once: {QUESTIONS} (squad_v1 in a mixture, squad_v2 in a mixture)",
    ]


def test_a_choice_by_what_the_test_set_translates_is_told(found):
    said = "the English questions of XQuAD, from the dev set of SQuAD v1.1"
    one = caveat("shares_examples", role="dev", split=["squad_v1", "en", "dev"], shared=said)
    assert one.text == f"the checkpoint was selected on squad_v1 dev, which shares with the evaluated split: {said}"
    assert one.grave
    assert found("xquad", selection="dev") == [one]
    assert found("mlqa", selection="dev") == []
    two = caveat("shares_examples", role="dev", split=["squad_v2", "en", "dev"], shared=said)
    given = {"intermediate": "squad_v2", "intermediate_selection": "dev"}
    assert two in found("xquad", recipe="intermediate", **given)
    assert two in found("lareqa", recipe="intermediate", **given)


def test_a_choice_by_the_evaluated_split_itself_is_told(found):
    said = [caveat("selected_on_evaluated_split")]
    assert found("mnli", "en", "dev") == said
    assert found("xnli", "en", "dev") == said
    assert found("xnli", "sw", "dev") == []


def test_training_on_the_evaluated_split_is_told(found):
    assert found("udpos", "en", "train") == [caveat("trained_on_evaluated_split")]


def test_the_checkpoint_as_given_is_silent(registry):
    stage = Stage(params=PREDICT, inputs=(pretrained(MODEL),), data={"examples": DataRef("xnli", "sw", "test")})
    assert overlaps(stage, lambda name: registry.get("tasks", name)) == []


def test_declared_overlaps_are_of_tasks_and_splits_that_there_are(registry):
    declared = [(task, overlap) for task in registry.all("tasks") for overlap in task.overlaps]
    assert len(declared) >= 10
    for task, overlap in declared:
        assert {overlap.split, overlap.other} <= {"train", "dev", "test"}
        assert registry.get("tasks", overlap.task) is not task


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_looked_through(registry, name):
    def find(task):
        return registry.get("tasks", task)

    for task, language, checkpoint in checkpoints(registry, name):
        examples = DataRef(task.name, language, task.test_split)
        said = overlaps(Stage(params=PREDICT, inputs=(checkpoint,), data={"examples": examples}), find)
        assert all("\n" not in each.text for each in said)
        assert len(said) <= 5
