"""Which tasks a head fits."""

from __future__ import annotations

from pathlib import Path

from xharness import ModelInfo
from xharness.check.heads import fitting
from xharness.registry import Registry


def test_a_model_that_scores_text_has_no_head_for_tasks_in_words_only():
    info = ModelInfo(
        reference="m", adapter="causal", path=Path(), revision=None, fingerprint="", architecture="", hidden_size=1,
        layers=1, parameters=1, bytes=1, max_length=9, ready=frozenset({"loglikelihood", "generate"}),
    )  # fmt: skip
    assert fitting(info, Registry.load(third_parties=False)) == []
