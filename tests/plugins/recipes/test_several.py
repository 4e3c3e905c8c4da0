"""Recipes that train on several tasks at once: what is shared, how steps are shared out, and what is refused."""

from __future__ import annotations

import pytest

from tests.plugins.recipes.test_recipes import CAUSES, NLI, PAIRS, POS, QA, SQUAD, XCAUSES, stage
from xharness import BadRequest
from xharness_plugins.recipes.intermediate import INTERMEDIATE
from xharness_plugins.recipes.intermediate_multi import INTERMEDIATE_MULTI
from xharness_plugins.recipes.merge import MERGE
from xharness_plugins.recipes.multi_task import MULTI_TASK


def multi(*args, **params):
    return stage(*args, recipe=INTERMEDIATE_MULTI, **params)


def multi_task(*args, **params):
    return stage(*args, recipe=MULTI_TASK, **params)


def test_several_tasks_are_trained_on_once_for_every_target():
    first = multi(PAIRS, intermediate="nli,squad")
    assert first.kind == "multitask"
    assert {role: (ref.task, ref.language, ref.split) for role, ref in first.data.items()} == {
        "train.nli": ("nli", "en", "train"),
        "train.squad": ("squad", "en", "train"),
    }
    assert first.params.key()["lengths"]["squad"] == {"max_length": 384, "stride": 128}
    for target, trainer in ((POS, POS), (QA, SQUAD), (NLI, NLI), (XCAUSES, CAUSES)):
        found = multi(target, trainer, intermediate=" squad, nli,nli", epochs=1.0)
        assert first in found.walk()
        assert found.data["train"].task == trainer.name


def test_how_tasks_are_mixed_is_part_of_the_stage():
    usual = multi(PAIRS, intermediate="nli,squad")
    assert usual.params.key()["mixing"] == {"cap": 2**17, "exponent": 1.0}
    other = multi(PAIRS, intermediate="nli,squad", cap=100, exponent=0.5)
    assert other.params.key()["mixing"] == {"cap": 100, "exponent": 0.5}
    assert usual != other


def test_the_first_phase_has_its_own_parameters():
    found = multi(POS, POS, intermediate="nli,squad", intermediate_max_length=64, intermediate_selection="dev", seed=5)
    (first,) = found.inputs
    assert {each["max_length"] for each in first.params.key()["lengths"].values()} == {64}
    assert found.params.key()["tuning"] == stage(POS, POS).params.key()["tuning"]
    assert {role for role in first.data if role.startswith("dev")} == {"dev.nli", "dev.squad"}
    assert (first.params.key()["seed"], found.params.key()["seed"]) == (5, 5)


def test_multi_task_training_keeps_the_head_of_the_target():
    found = multi_task(QA, SQUAD, intermediate="nli")
    assert (found.kind, found.params.key()["head"]) == ("multitask", "squad")
    assert set(found.data) == {"train.nli", "train.squad"}
    assert [each.kind for each in found.inputs] == ["pretrained"]
    assert multi_task(SQUAD, SQUAD, intermediate="nli,squad") == found
    assert "head" not in multi_task(PAIRS, intermediate="nli").params.key()


@pytest.mark.parametrize(
    ("found", "names", "message"),
    [
        (multi, None, "needs at least two tasks to train on first"),
        (multi, "nli", "needs at least two tasks to train on first"),
        (multi, "nli,nli", "needs at least two tasks to train on first"),
        (multi, "nli,pairs", "intermediate=pairs: the task has no training split"),
        (multi, "nli,qa", "intermediate=qa: it is trained on squad"),
        (multi, "nli,passages", r"'passages' \(passage-retrieval\) trains embeddings and has no head"),
        (multi_task, "", "recipe 'multi-task' needs tasks to train on together with the target"),
    ],
)
def test_what_cannot_be_mixed_is_refused(found, names, message):
    with pytest.raises(BadRequest, match=message):
        found(POS, POS, intermediate=names)


def test_targets_that_cannot_be_trained_beside_others_are_refused():
    with pytest.raises(BadRequest, match="'xcauses' is trained in two steps"):
        multi_task(XCAUSES, CAUSES, intermediate="nli")
    with pytest.raises(BadRequest, match=r"parameter exponent=-1\.0: must be between 0 and 10"):
        multi(POS, POS, intermediate="nli,squad", exponent=-1.0)


def merged(*args, **params):
    return stage(*args, recipe=MERGE, **params)


def test_merged_checkpoints_are_those_of_single_intermediate_tasks():
    first = merged(PAIRS, intermediate="squad,nli", intermediate_epochs=2.0, seed=2)
    base, *others = first.inputs
    assert (first.kind, base.kind) == ("merge", "pretrained")
    assert others == [
        stage(PAIRS, recipe=INTERMEDIATE, intermediate=name, intermediate_epochs=2.0, seed=2)
        for name in ("nli", "squad")
    ]
    for target, trainer in ((POS, POS), (QA, SQUAD), (XCAUSES, CAUSES)):
        found = merged(target, trainer, intermediate="nli,squad", intermediate_epochs=2.0, seed=2, epochs=1.0)
        assert first in found.walk()
        assert found.data["train"].task == trainer.name


def test_how_checkpoints_are_merged():
    usual = {"method": "linear", "scale": 1.0, "density": 1.0}
    assert merged(PAIRS, intermediate="nli,squad").params.key() == usual
    assert merged(PAIRS, intermediate="nli,squad", density=0.5).params.key() == usual  # it counts for ties alone
    found = merged(PAIRS, intermediate="nli,squad", method="ties", scale=0.5)
    assert found.params.key() == {"method": "ties", "scale": 0.5, "density": 0.2}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"intermediate": "nli"}, "recipe 'merge' needs at least two tasks"),
        ({"method": "mean"}, "parameter method=mean: must be one of linear, task-arithmetic, ties"),
        ({"density": 0.0}, "parameter density=0.0: must be above 0"),
        ({"scale": -1.0}, "parameter scale=-1.0: must be above 0"),
        ({"intermediate": "nli,qa"}, "intermediate=qa: it is trained on squad"),
    ],
)
def test_what_cannot_be_merged_is_refused(params, message):
    with pytest.raises(BadRequest, match=message):
        merged(POS, POS, **{"intermediate": "nli,squad", **params})
