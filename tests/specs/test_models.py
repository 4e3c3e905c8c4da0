"""What an adapter supports is known before any work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xharness import Model

BARE = Model(
    name="bare",
    summary="loads only",
    capabilities=frozenset({"tag"}),
    claims=lambda path: False,
    inspect=lambda *given: None,
    load=lambda *given: None,
)


def train(training):
    return {}


@pytest.mark.parametrize(
    ("model", "stages"),
    [
        (BARE, set()),
        (replace(BARE, trainings=frozenset({"finetune", "multitask"})), set()),
        (replace(BARE, train=train), {"finetune"}),
        (replace(BARE, train=train, trainings=frozenset({"finetune", "multitask"})), {"finetune", "multitask"}),
        (replace(BARE, merge=lambda **given: {}), {"merge"}),
    ],
)
def test_an_adapter_does_the_stages_that_it_has_a_method_for(model, stages):
    assert {kind for kind in ("finetune", "multitask", "merge") if model.can_do(kind)} == stages


def test_other_stages_need_no_training_method():
    assert all(BARE.can_do(kind) for kind in ("pretrained", "embed", "predict", "translate"))
