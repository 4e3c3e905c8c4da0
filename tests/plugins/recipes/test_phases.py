"""What goes from one phase of training to the next, what chooses a checkpoint, and joint training."""

from __future__ import annotations

import pytest

from tests.plugins.recipes.test_in_language import NER
from tests.plugins.recipes.test_recipes import CAUSES, NLI, PAIRS, POS, QA, SQUAD, XCAUSES, stage
from xharness import BadRequest
from xharness_plugins.recipes.intermediate import INTERMEDIATE
from xharness_plugins.recipes.intermediate_multi import INTERMEDIATE_MULTI
from xharness_plugins.recipes.joint import JOINT
from xharness_plugins.recipes.tuning import PARAMS

MATCHING = "encoder+matching-head"


def taken(found):
    """Return what a stage takes from the one before: its head, or no pooler."""
    return {name for name in ("keep_head", "fresh_pooler") if found.params.key().get(name)}


@pytest.mark.parametrize(
    ("target", "first", "carry", "expected"),
    [
        ((QA, SQUAD), "squad", MATCHING, {"keep_head"}),
        ((NLI, NLI), "nli", MATCHING, {"keep_head"}),
        ((POS, POS), "pos", MATCHING, {"keep_head"}),
        ((NLI, NLI), "squad", MATCHING, set()),
        ((POS, POS), "nli", MATCHING, set()),
        ((QA, SQUAD), "squad", "encoder+pooler", set()),
        ((NLI, NLI), "squad", "encoder", {"fresh_pooler"}),
        ((QA, SQUAD), "squad", "encoder", set()),
    ],
)
def test_a_head_is_carried_where_it_fits_and_a_pooler_unless_the_encoder_alone_is(target, first, carry, expected):
    found = stage(*target, recipe=INTERMEDIATE, intermediate=first, carry=carry)
    assert taken(found) == expected
    # The phase before is the same whatever is carried, so that all share it.
    assert found.inputs == stage(*target, recipe=INTERMEDIATE, intermediate=first).inputs


def test_where_a_target_is_trained_in_two_steps_the_first_of_them_takes_the_head():
    found = stage(XCAUSES, CAUSES, recipe=INTERMEDIATE, intermediate="causes", carry=MATCHING)
    assert [taken(each) for each in found.walk() if each.data] == [set(), {"keep_head"}, {"keep_head"}]


def test_several_heads_are_none_to_carry():
    param = INTERMEDIATE_MULTI.params["carry"]
    with pytest.raises(ValueError, match=r"must be one of encoder, encoder\+pooler$"):
        param.type(MATCHING)
    assert INTERMEDIATE.params["carry"].type(MATCHING) == MATCHING


def test_retrieval_takes_what_there_is():
    assert stage(PAIRS, recipe=INTERMEDIATE, intermediate="squad", carry="encoder") == stage(
        PAIRS, recipe=INTERMEDIATE, intermediate="squad"
    )


def test_an_oracle_looks_at_the_dev_splits_of_the_task_in_all_languages():
    found = stage(QA, SQUAD, selection="oracle")
    assert {(ref.task, ref.language, ref.split) for ref in found.refs("dev")} == {
        ("qa", "en", "dev"),
        ("qa", "sw", "dev"),
    }
    assert [ref.task for ref in found.refs("train")] == ["squad"]
    assert found == stage(QA, SQUAD, selection="oracle", language="en")


def test_an_oracle_is_of_the_target_alone():
    for recipe, first in ((INTERMEDIATE, "squad"), (INTERMEDIATE_MULTI, "squad,nli")):
        with pytest.raises(BadRequest, match="selection=oracle reads the dev splits of the evaluated languages"):
            stage(NLI, NLI, recipe=recipe, intermediate=first, intermediate_selection="oracle")
        found = stage(NLI, NLI, recipe=recipe, intermediate=first, selection="oracle")
        assert found.inputs == stage(NLI, NLI, recipe=recipe, intermediate=first).inputs


def test_a_warm_up_is_a_share_below_one_and_else_steps():
    read = PARAMS["warmup_steps"].type
    assert [read(text) for text in ("0.1", "0", "500")] == [0.1, 0, 500]
    assert isinstance(read("500"), int)
    with pytest.raises(ValueError, match="must be a whole number of steps, or a fraction of all steps below 1"):
        read("1.5")
    assert stage(NLI, NLI, warmup_steps=0.1).params.key()["tuning"]["warmup_steps"] == 0.1


def test_joint_training_takes_english_whole_and_a_few_of_the_others():
    found = stage(NLI, NLI, recipe=JOINT, shots=5, draw=8)
    assert {role: (ref.task, ref.language, ref.split) for role, ref in found.data.items()} == {
        "train.en": ("nli", "en", "train"),
        "train.sw": ("nli", "sw", "dev"),
        "dev": ("nli", "en", "dev"),
    }
    assert found.params.key()["shots"] == {"count": 5, "draw": 8, "languages": ["sw"]}
    assert (found.params.key()["exponent"], found.params.key()["languages"]) == (0.5, ["en", "sw"])
    assert [start.kind for start in found.inputs] == ["pretrained"]
    assert found == stage(NLI, NLI, recipe=JOINT, shots=5, draw=8, language="en")


def test_joint_training_draws_from_a_training_split_where_there_is_one():
    splits = {ref.language: ref.split for ref in stage(NER, NER, recipe=JOINT).refs("train")}
    assert splits["sw"] == "train"
    assert stage(PAIRS, recipe=JOINT).kind == "pretrained"
    with pytest.raises(BadRequest, match=r"parameter exponent=-1\.0: must be between 0 and 10"):
        stage(NLI, NLI, recipe=JOINT, exponent=-1.0)
