"""Labels of heads and tasks, matched by name."""

from __future__ import annotations

import pytest

from xharness import BadRequest
from xharness_plugins.models.labels import order


def test_order_maps_the_task_onto_the_head():
    assert order(("CONTRADICTION", "entailment", "Neutral"), ("entailment", "neutral", "contradiction"), "x") == [
        1,
        2,
        0,
    ]


@pytest.mark.parametrize("head", [("a", "b"), ("a", "b", "c", "d"), ("a", "b", "b"), ()])
def test_other_labels_are_refused(head):
    with pytest.raises(BadRequest, match=r"task 'x' \(a, b, c\)"):
        order(head, ("a", "b", "c"), "x")


def test_numbered_labels_are_refused():
    with pytest.raises(BadRequest, match="classes have no names"):
        order(("LABEL_0", "LABEL_1"), ("a", "b"), "x")
