"""The table of heads: each capability once, and no head lacks a part that training or prediction needs."""

from __future__ import annotations

import pytest

from tests.plugins.models.tiny import TASKS
from xharness import KINDS
from xharness_plugins.models.heads.table import HEADS
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST


def test_the_adapters_have_the_capabilities_of_the_table():
    assert HEADS.keys() == HF.capabilities == ST.capabilities
    assert all(head.capability == name for name, head in HEADS.items())


def test_each_kind_that_is_scored_has_a_head_that_predicts():
    predicted = {name for name, head in HEADS.items() if head.predictor}
    native = {way.capability for kind in KINDS.values() for way in kind.ways[:1] if way.native and kind.metrics}
    assert native == predicted


@pytest.mark.parametrize("capability", TASKS)
def test_a_new_head_has_the_labels_of_its_task_or_two_outputs(capability):
    task = TASKS[capability]
    names = task.labels if HEADS[capability].labelled else ("LABEL_0", "LABEL_1")
    config = HEADS[capability].new_config(task)
    assert config["id2label"] == dict(enumerate(names))
    assert config["label2id"] == {name: index for index, name in enumerate(names)}
