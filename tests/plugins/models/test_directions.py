"""Decoders whose tokens see the tokens after them: vectors, heads, records and keys."""

from __future__ import annotations

import json

import numpy as np
import pytest
from transformers import MambaConfig, MambaForCausalLM

from tests.engine.decoders import gemma3, llama, neox, qwen3, written
from tests.models import tiny_tokenizer
from tests.plugins.models.tiny import OPTIONS, TASKS, examples, finetune, load, predictions, vectors
from xharness import BadRequest, LoadOptions
from xharness.planner import make
from xharness.registry import Registry
from xharness.request import build, resolve
from xharness.specs.stage_params import Finetune, Predict
from xharness_plugins.models.causal import CAUSAL

KINDS = {"llama": (llama, "bytes"), "gemma3": (gemma3, "gemma"), "neox": (neox, "bytes"), "qwen3": (qwen3, "gemma")}
TEXTS = ["The harbour is old", "The harbour is new", "Nobody knows, not even the mayor. " * 8]
EXACT = LoadOptions(device="cpu", dtype="float32", exact=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoders")
    return {name: written(folder / name, maker, tiny_tokenizer(kind)) for name, (maker, kind) in KINDS.items()}


def first_states(path, texts, **params):
    """Return the hidden state of the first token of each text, after two layers."""
    model = load(path, "embed", model=CAUSAL, layer=2, **params)
    states = []
    for text in texts:
        ids = model.tokenizer(text, return_tensors="pt")["input_ids"]
        states.append(model.model(input_ids=ids).last_hidden_state[0, 0].detach().numpy())
    return states


@pytest.mark.parametrize("name", KINDS)
def test_a_later_token_changes_an_earlier_state_only_in_both_directions(plain, name):
    one, other = first_states(plain[name], TEXTS[:2])
    assert np.array_equal(one, other)
    one, other = first_states(plain[name], TEXTS[:2], bidirectional=True)
    assert np.abs(one - other).max() > 1e-6


@pytest.mark.parametrize("name", KINDS)
def test_a_vector_of_both_directions_does_not_depend_on_the_batch(plain, name):
    together, alone = (
        load(plain[name], "embed", model=CAUSAL, options=options, bidirectional=True) for options in (OPTIONS, EXACT)
    )
    assert np.abs(vectors(together, TEXTS) - vectors(alone, TEXTS)).max() < 1e-5
    assert together.describe()["bidirectional"] is True
    assert "bidirectional" not in load(plain[name], "embed", model=CAUSAL).describe()


def test_a_head_trained_in_both_directions_is_loaded_so_without_the_parameter(plain, tmp_path):
    rows = examples("classify")[:8]
    finetune(plain["llama"], tmp_path, TASKS["classify"], rows, model=CAUSAL, epochs=2, params={"bidirectional": True})
    folder = tmp_path / "checkpoint"
    assert json.loads((folder / "config.json").read_text("utf-8"))["is_causal"] is False
    loaded, named = load(folder, "classify", model=CAUSAL), load(folder, "classify", model=CAUSAL, bidirectional=True)
    assert loaded.describe()["bidirectional"] is True
    assert predictions(loaded, "classify", rows) == predictions(named, "classify", rows)


def test_an_architecture_without_it_and_words_are_refused_in_one_line(plain, tmp_path):
    def mamba(**more):
        return MambaForCausalLM(MambaConfig(hidden_size=32, num_hidden_layers=2, **more))

    path = written(tmp_path, mamba, tiny_tokenizer("bytes"))
    with pytest.raises(BadRequest, match=r"bidirectional=yes: MambaModel .* left to right only; leave"):
        load(path, "embed", model=CAUSAL, bidirectional=True)
    with pytest.raises(BadRequest, match=r"bidirectional=yes: a model that is asked in words"):
        CAUSAL.load(plain["llama"], "loglikelihood", None, {"bidirectional": True}, OPTIONS)


def jobs(path, **params):
    registry = Registry.load([], third_parties=False)
    request = build({"model": str(path), "source": "mini", "tasks": ["xnli"], "languages": ["sw"], "params": params})
    plan = make(resolve(request, registry), registry, "float32")
    return {type(job.stage.params): job for job in plan.jobs.values()}


def test_it_enters_keys_of_training_and_prediction_and_nothing_else_changes(plain):
    before, no, after = (
        jobs(plain["llama"], **given) for given in ({}, {"bidirectional": "no"}, {"bidirectional": "yes"})
    )
    for kind in (Finetune, Predict):
        assert before[kind].key == no[kind].key != after[kind].key
    assert "bidirectional" not in before[Predict].params(Predict).loading.params
