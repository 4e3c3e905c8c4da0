"""What stages the recipe of low-rank updates asks for, and what it refuses."""

from __future__ import annotations

import importlib.util

import pytest

from tests.plugins.recipes.test_recipes import CAUSES, NLI, PAIRS, PASSAGES, XCAUSES, stage
from xharness import BadRequest
from xharness_plugins.recipes.lora import LORA

USUAL = {"rank": 16, "alpha": 32.0, "dropout": 0.0, "targets": ["query", "value"]}


def test_it_is_zero_shot_but_for_the_updates_and_the_rate():
    found, zero = stage(NLI, NLI, recipe=LORA), stage(NLI, NLI)
    assert found.params.key() == {
        **zero.params.key(),
        "lora": USUAL,
        "tuning": {**zero.params.key()["tuning"], "learning_rate": 3e-4},
    }
    assert (found.data, found.inputs) == (zero.data, zero.inputs)
    assert "lora" not in zero.params.key()


def test_what_the_user_sets_is_in_the_stage_and_the_order_of_targets_is_not():
    given = {"rank": 4, "alpha": 8.0, "lora_dropout": 0.1, "learning_rate": 1e-3}
    found = stage(NLI, NLI, recipe=LORA, lora_targets="value, key,value", **given)
    assert found.params.key()["lora"] == {"rank": 4, "alpha": 8.0, "dropout": 0.1, "targets": ["key", "value"]}
    assert found.params.key()["tuning"]["learning_rate"] == 1e-3
    assert stage(NLI, NLI, recipe=LORA, lora_targets="key,value", **given) == found


def test_both_steps_of_a_task_are_of_updates():
    second = stage(XCAUSES, CAUSES, recipe=LORA)
    assert [each.params.key().get("lora") for each in second.walk()] == [None, USUAL, USUAL]
    assert second.params.key()["keep_head"]


def test_where_nothing_is_trained_the_checkpoint_is_that_of_zero_shot():
    assert stage(PAIRS, recipe=LORA) == stage(PAIRS)
    assert stage(PASSAGES, PASSAGES, recipe=LORA).params.key()["lora"] == USUAL
    assert stage(PASSAGES, PASSAGES, recipe=LORA, head="embed").kind == "pretrained"


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", 0.0), ("lora_dropout", 1.0), ("lora_dropout", -0.1), ("lora_targets", " ,"), ("learning_rate", 0.0)],
)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(BadRequest, match=f"parameter {name}"):
        stage(NLI, NLI, recipe=LORA, **{name: value})


def test_without_peft_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadRequest, match=r"updates needs the package peft; run: pip install 'xharness\[peft\]'"):
        stage(NLI, NLI, recipe=LORA)
    assert stage(PAIRS, recipe=LORA).kind == "pretrained"
