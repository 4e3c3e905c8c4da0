"""Log-likelihoods and accuracies of lm-evaluation-harness, which `tools/make_parity.py` wrote, on a real checkpoint."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from xharness import Continuation, LoadOptions
from xharness.kinds.in_words import choice_ways
from xharness_plugins.models.causal import CAUSAL

FIXTURE = json.loads((Path(__file__).parent / "parity.json").read_text(encoding="utf-8"))

WAYS = dict(
    zip(
        ("acc", "acc_norm", "acc_mutual_info"),
        choice_ways(
            "multiple-choice",
            lambda _task, _wording, example: [f" {choice}" for choice in example["choices"]],
            lambda _task, index: index,
            lambda _task, example: example["gold"],
        ),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def smollm2():
    """Return the folder of SmolLM2-135M-Instruct, which the variable XHARNESS_TEST_SMOLLM2 names."""
    folder = os.environ.get("XHARNESS_TEST_SMOLLM2")
    if not folder:
        pytest.skip("XHARNESS_TEST_SMOLLM2 does not name a folder of SmolLM2-135M-Instruct")
    return CAUSAL.load(Path(folder), "loglikelihood", None, {}, LoadOptions(device="cpu", dtype="float32"))


@pytest.mark.checkpoint
@pytest.mark.slow(minutes=1)
@pytest.mark.parametrize("name", FIXTURE["tasks"])
def test_choices_are_scored_as_by_lm_evaluation_harness(smollm2, name):
    task = FIXTURE["tasks"][name]
    asked = [
        Continuation(context, f" {choice}")
        for example in task["examples"]
        for context in (example["context"], "")
        for choice in example["choices"]
    ]
    found = iter(list(smollm2.loglikelihood(iter(asked))))
    right = dict.fromkeys(task["scores"], 0)
    for example in task["examples"]:
        choices, gold = example["choices"], example["gold"]
        after = [next(found) for _ in choices]
        alone = [next(found) for _ in choices]
        assert after == pytest.approx(example["loglikelihoods"], abs=1e-4)
        assert alone == pytest.approx(example["unconditional"], abs=1e-4)
        for (metric, way), values in zip(WAYS.items(), (after, after, after + alone), strict=True):
            right[metric] += way.take(None, None, example, values)["prediction"] == gold
    assert {metric: count / len(task["examples"]) for metric, count in right.items()} == pytest.approx(task["scores"])
