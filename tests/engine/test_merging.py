"""Merged weights are those that the papers' formulas give."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xharness.engine.merging import METHODS, merge
from xharness.errors import BadRequest


def weights(*rows):
    first, *rest = rows
    return {"a": torch.tensor([first]), "b": torch.tensor([list(rest)]), "ids": torch.arange(3)}


def flat(found):
    return [*found["a"].tolist(), *found["b"][0].tolist()]


BASE = weights(1.0, 0.0, 2.0, 0.0)
ONE = weights(2.0, 4.0, 2.0, -0.5)
OTHER = weights(1.5, -1.0, 3.0, 0.25)


def test_each_method_counted_by_hand():
    assert flat(merge(BASE, [ONE, OTHER], "linear", 1.0, 1.0)) == [1.75, 1.5, 2.5, -0.125]
    assert flat(merge(BASE, [ONE, OTHER], "task-arithmetic", 0.5, 1.0)) == [1.75, 1.5, 2.5, -0.125]
    # Of the changes [1, 4, 0, -.5] and [.5, -1, 1, .25] all count: signs + + + -; means of those that agree.
    assert flat(merge(BASE, [ONE, OTHER], "ties", 1.0, 1.0)) == [1.75, 4.0, 3.0, -0.5]
    # Half of each: [1, 4, 0, 0] and [0, -1, 1, 0].
    assert flat(merge(BASE, [ONE, OTHER], "ties", 1.0, 0.5)) == [2.0, 4.0, 3.0, 0.0]


@given(st.lists(st.floats(-5, 5, width=32), min_size=4, max_size=4), st.sampled_from(METHODS))
def test_one_model_merged_whole_is_that_model(values, method):
    other = weights(*values)
    assert flat(merge(BASE, [other], method, 1.0, 1.0)) == pytest.approx(flat(other), abs=1e-5)
    assert flat(merge(BASE, [other], method, 0.0, 1.0)) == flat(BASE)


@given(st.permutations(range(4)), st.sampled_from(METHODS), st.floats(0.1, 1.0))
def test_the_order_of_models_does_not_matter(order, method, density):
    rng = torch.Generator().manual_seed(0)
    models = [weights(*torch.randn(4, generator=rng).tolist()) for _ in range(4)]
    one, other = (merge(BASE, each, method, 0.7, density) for each in (models, [models[place] for place in order]))
    assert flat(one) == pytest.approx(flat(other), abs=1e-5)


@given(st.floats(0.05, 1.0))
def test_ties_keeps_the_share_that_changed_most(density):
    changes = torch.randperm(100, generator=torch.Generator().manual_seed(1)).float() + 1
    base, other = {"w": torch.zeros(100)}, {"w": changes}
    kept = merge(base, [other], "ties", 1.0, density)["w"]
    count = 100 - int(100 * (1 - density))
    assert sorted(kept[kept != 0].tolist()) == sorted(changes.tolist())[-count:]


def test_what_is_not_a_float_is_kept_and_half_precision_is_widened():
    merged = merge(
        BASE, [{name: value.half() if name != "ids" else value for name, value in ONE.items()}], "linear", 1.0, 1.0
    )
    assert torch.equal(merged["ids"], torch.arange(3))
    assert merged["b"].dtype == torch.float32


@pytest.mark.parametrize("other", [{"a": BASE["a"]}, {**BASE, "c": BASE["a"]}, {**BASE, "b": torch.zeros(4)}])
def test_another_architecture_is_refused(other):
    with pytest.raises(BadRequest, match=r"the models to merge differ in name or shape of \d+ weights"):
        merge(BASE, [ONE, other], "linear", 1.0, 1.0)
