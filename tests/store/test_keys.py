"""Keys say everything that matters, once, and nothing else."""

from __future__ import annotations

import json
import math
import random
from collections import OrderedDict
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.errors import BadRequest
from xharness.store.keys import canonical, key_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def shuffled(value: object, rng: random.Random) -> object:
    """Return an equal value whose mappings were filled in another order."""
    if isinstance(value, dict):
        pairs = [(key, shuffled(item, rng)) for key, item in value.items()]
        rng.shuffle(pairs)
        return OrderedDict(pairs)
    if isinstance(value, list):
        return tuple(shuffled(item, rng) for item in value)
    return value


def same(one: object, other: object) -> bool:
    """Say whether two values are the same JSON: numbers by value, but no boolean is a number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


@given(VALUES, st.randoms(use_true_random=False))
def test_order_and_form_do_not_matter(value, rng):
    assert canonical(shuffled(value, rng)) == canonical(value)


@given(VALUES)
def test_the_text_is_json_and_loses_nothing(value):
    assert same(json.loads(canonical(value)), value)


@given(VALUES, VALUES)
def test_two_values_share_a_text_only_if_they_are_the_same(one, other):
    assert (canonical(one) == canonical(other)) == same(one, other)


def test_equal_numbers_are_one_number_and_booleans_are_none():
    assert canonical({"epochs": 5.0}) == canonical({"epochs": 5}) == '{"epochs":5}'
    assert canonical(-0.0) == canonical(0)
    assert len({canonical(value) for value in (1, True, "1", None, [1], 1.5)}) == 6


def test_any_mapping_will_do():
    assert canonical(MappingProxyType({"b": (1, 2), "a": "ü"})) == '{"a":"\\u00fc","b":[1,2]}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"tuning": {"rate": math.nan}}, r"value\.tuning\.rate is nan"),
        ([1, math.inf], r"value\[1\] is inf"),
        ({"path": Path("x")}, r"value\.path has type \w*Path"),
        ({"languages": {"en"}}, r"value\.languages has type set"),
        ({3: "x"}, r"value has the key 3 of type int"),
        (b"x", "value has type bytes"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_path(value, message):
    with pytest.raises(BadRequest, match=message):
        canonical(value)


BASE = {"kind": "finetune", "version": 1, "params": {"seed": 1}, "inputs": ["a", "b"], "data": {"train": "x"}}


def test_a_key_does_not_change_between_versions_of_the_harness():
    # sha256 of '["finetune",1,{"seed":1},["a","b"],{"train":"x"}]' by another tool
    assert key_of(**BASE) == "b14fdd5400fe6d75ab22ae07c926a1cb"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "predict"},
        {"version": 2},
        {"params": {"seed": 2}},
        {"params": {}},
        {"inputs": ["b", "a"]},
        {"inputs": ["ab"]},
        {"inputs": []},
        {"data": {"train": "y"}},
        {"data": {"dev": "x"}},
        {"data": {}},
    ],
)
def test_whatever_changes_the_artifact_changes_its_key(change):
    assert key_of(**{**BASE, **change}) != key_of(**BASE)


@given(VALUES, st.lists(st.text(), max_size=3), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_key_is_a_plain_file_name(params, inputs, data):
    key = key_of("predict", 1, params, inputs, data)
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
