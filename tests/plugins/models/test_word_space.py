"""Keys of taggers hold `word_space` where the tokenizer needs a space before words, as found in small files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.plugins.models.encoders import tokenizer
from tests.plugins.models.tiny import OPTIONS
from xharness import BadRequest, ModelInfo
from xharness.engine.alignment import space_before
from xharness.planner import make
from xharness.registry import Registry
from xharness.request import build, resolve
from xharness_plugins.models.causal import CAUSAL
from xharness_plugins.models.checkpoint_files import load_tokenizer
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST

FORMS = ("xlmr", "bert", "roberta", "spaced", "split", "gemma")


def about(path):
    return ModelInfo(
        reference="m", adapter="hf", path=path, revision=None, fingerprint="f", architecture="A", hidden_size=8,
        layers=2, parameters=1, bytes=1, max_length=128,
    )  # fmt: skip


def saved(path, form):
    """Write the small files of a checkpoint with a tokenizer."""
    tokenizer(form).save_pretrained(path)
    (path / "config.json").write_text(json.dumps({"model_type": "modernbert"}))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_the_files_say_what_the_loaded_tokenizer_needs(tmp_path, form):
    path = saved(tmp_path, form)
    needed = space_before(load_tokenizer(path, OPTIONS, add_prefix_space=True)) == " "
    for model in (HF, CAUSAL):
        assert model.settle(about(path), {"layer": 1}) == {"layer": 1} | ({"word_space": True} if needed else {})


def test_folders_of_other_libraries_and_updates_have_the_tokenizer_of_their_encoder(tmp_path):
    inner = saved(tmp_path / "st" / "0_Transformer", "split")
    module = {"idx": 0, "name": "0", "path": inner.name, "type": "sentence_transformers.models.Transformer"}
    (tmp_path / "st" / "modules.json").write_text(json.dumps([module]))
    assert ST.settle(about(tmp_path / "st"), {})["word_space"] is True
    updates = tmp_path / "updates"
    updates.mkdir()
    (updates / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(inner)}))
    assert HF.settle(about(updates), {}) == {"word_space": True}
    (updates / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "gone"}))
    assert HF.settle(about(updates), {}) == {}


def keys(path, task, recipe="zero-shot", **params):
    """Return the keys of a plan by the kind of their stage; all checkpoints have one fingerprint."""
    registry = Registry.load([], third_parties=False)
    found = {"m": (HF, replace(about(path), ready=frozenset({"tag"}) if recipe == "as-is" else frozenset()))}
    request = build({"model": "m", "source": "mini", "tasks": [task], "languages": ["de"], "recipe": recipe,
                     "dtype": "float32", "params": params})  # fmt: skip
    plan = make(resolve(request, registry, found), registry, "float32")
    return {job.kind: job.key for job in plan.jobs.values()}


def test_only_keys_of_tagging_change_and_only_where_a_space_is_needed(tmp_path):
    plain, spaced = (saved(tmp_path / form, form) for form in ("xlmr", "split"))
    for task in ("xnli", "xquad", "tatoeba"):
        assert keys(spaced, task) == keys(plain, task)
    before, after = keys(plain, "panx"), keys(spaced, "panx")
    assert {kind for kind in before if before[kind] != after[kind]} == {"finetune", "predict"}
    assert keys(plain, "panx") == keys(saved(tmp_path / "bert", "bert"), "panx")
    assert keys(spaced, "panx", "as-is")["predict"] != keys(plain, "panx", "as-is")["predict"]


def test_a_user_cannot_set_what_follows_from_the_tokenizer(tmp_path):
    with pytest.raises(BadRequest, match=r"word_space.*follows from the checkpoint; leave it out"):
        keys(saved(tmp_path, "bert"), "panx", word_space="yes")
