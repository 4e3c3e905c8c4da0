"""A name of the field leads to the parameter or option that means the same."""

from __future__ import annotations

import pytest

from xharness import synonyms as module
from xharness.errors import suggest
from xharness.registry import Registry
from xharness.synonyms import synonyms

KNOWN = ["batch_size", "epochs", "intermediate_learning_rate", "layer", "learning_rate", "max_length", "warmup_steps"]
OPTIONS = ["--param", "--out", "--lang", "--layers-of", "--allow-remote-code"]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("bs", "batch_size"),
        ("batch", "batch_size"),
        ("batchSize", "batch_size"),
        ("per_device_train_batch_size", "batch_size"),
        ("max_len", "max_length"),
        ("maxLen", "max_length"),
        ("max-seq-length", "max_length"),
        ("num_epochs", "epochs"),
        ("num_train_epochs", "epochs"),
        ("warmup_ratio", "warmup_steps"),
        ("intermediate_lr", "intermediate_learning_rate"),
    ],
)
def test_a_parameter_by_another_name(name, first):
    assert synonyms(name, KNOWN)[0] == first
    assert suggest(name, KNOWN).startswith(f"; did you mean {first}")


def test_phases_with_the_same_parameter_are_named_after_it():
    assert suggest("lr", KNOWN) == "; did you mean learning_rate, intermediate_learning_rate?"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("--output_dir", ["--out"]),
        ("--languages", ["--lang"]),
        ("--trust-remote-code", ["--allow-remote-code"]),
        ("--lr", ["--param learning_rate=VALUE"]),
        ("--lr=1e-5", ["--param learning_rate=VALUE"]),
        ("--learning-rate", ["--param learning_rate=VALUE"]),
        ("--colour", []),
    ],
)
def test_an_option_by_another_name(name, found):
    assert synonyms(name, OPTIONS) == found


def test_a_name_that_is_only_spelt_wrong_is_found_as_before():
    assert synonyms("lerning_rate", KNOWN) == []
    assert suggest("lerning_rate", KNOWN).startswith("; did you mean learning_rate")
    assert suggest("colour", KNOWN) == ""


def test_a_name_of_something_else_is_no_misspelling():
    assert suggest("lr", ["layer", "pooling"]) == ""
    assert suggest("language", ["languages", "limit"]) == "; did you mean languages?"


def test_every_parameter_of_the_table_exists():
    registry = Registry.load(third_parties=False)
    declared = {name for group in ("recipes", "models") for spec in registry.all(group) for name in spec.params}
    assert set(module._PARAMETERS) <= declared
    for name, others in module._PARAMETERS.items():
        for other in others.split():
            assert other not in declared, name
