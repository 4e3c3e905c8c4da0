"""Prefixes that an architecture does not have, and whole layers of which it has no weight."""

from __future__ import annotations

import pytest

from xharness.engine.weight_names import foreign_prefix, whole_layers

KNOWN = {"embeddings.word.weight", "encoder.layer.0.query.weight", "encoder.layer.1.query.weight"}


def bare(name):
    return name.removeprefix("bert.")


@pytest.mark.parametrize(
    ("before", "prefix"),
    [
        ("", ""),
        ("bert.", ""),
        ("module.", "module."),
        ("model.", "model."),
        ("encoder.", "encoder."),
        ("module.bert.", "module."),
        ("model.encoder.", "model.encoder."),
    ],
)
def test_a_prefix_of_all_weights_is_found_if_the_architecture_lacks_it(before, prefix):
    assert foreign_prefix([before + name for name in KNOWN], KNOWN, bare) == prefix


def test_a_prefix_of_some_weights_is_not_foreign():
    assert foreign_prefix(["module.embeddings.word.weight", "head.weight"], KNOWN, bare) == ""
    assert foreign_prefix([], KNOWN, bare) == ""


def test_a_layer_is_whole_if_the_architecture_has_no_weight_of_it():
    extra = ["encoder.layer.1.query._weight", "encoder.layer.2.query.weight", "embeddings.scale", "experts.0.weight"]
    assert whole_layers(extra, KNOWN) == ["encoder.layer.2.query.weight", "experts.0.weight"]
    assert whole_layers(["encoder.layer.0.heads.7.weight"], KNOWN) == []
