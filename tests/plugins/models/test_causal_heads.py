"""Heads on decoders: trained, saved, loaded and asked as those of encoders are."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.engine.decoders import gemma3, llama, neox, qwen3, written
from tests.models import tiny_tokenizer
from tests.plugins.models.tiny import (
    OPTIONS,
    TASKS,
    examples,
    finetune,
    gold,
    load,
    predictions,
    right,
    score,
    vectors,
    with_head,
)
from xharness import BadRequest, LoadOptions, Lora
from xharness_plugins.models.causal import CAUSAL
from xharness_plugins.models.hf import HF

# transformers has all heads but multiple choice for Llama, Qwen and GPT-NeoX, and only classification for Gemma 3.
KINDS = {
    "llama": (llama, "bytes"),
    "gemma3": (gemma3, "gemma"),
    "neox": (neox, "bytes"),
    "qwen3": (qwen3, "gemma"),
}
TEXTS = ["The harbour", "", "祖父は川のほとりで舟を造り、毎年春になると", "Nobody knows, not even the mayor. " * 8]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoders")
    return {name: written(folder / name, maker, tiny_tokenizer(kind)) for name, (maker, kind) in KINDS.items()}


@pytest.mark.parametrize("capability", TASKS)
@pytest.mark.parametrize("name", KINDS)
def test_eight_examples_are_learnt_by_heart(plain, tmp_path, name, capability):
    rows, task = examples(capability)[:8], TASKS[capability]
    report = finetune(plain[name], tmp_path, task, rows, model=CAUSAL, epochs=30)
    folder = tmp_path / "checkpoint"
    assert CAUSAL.inspect(folder, "x", None, OPTIONS).ready == {capability}
    loaded = load(folder, capability, model=CAUSAL)
    # An answer cannot end within a token, as "village" in "village,".
    assert right(predictions(loaded, capability, rows), gold(capability)[:8]) >= (0.75 if capability == "answer" else 1)
    assert report["loss"] < 0.6


@pytest.mark.parametrize("capability", TASKS)
def test_low_rank_updates_predict_what_they_predicted_before_they_were_saved(plain, tmp_path, capability):
    rows, task = examples(capability)[:8], TASKS[capability]
    lora = Lora(rank=8, alpha=16.0, dropout=0.0, targets=("query", "value"))
    wishes = {"dev": rows, "selection": "dev", "epochs": 8, "eval_steps": 1000}
    report = finetune(plain["gemma3"], tmp_path, task, rows, model=CAUSAL, lora=lora, **wishes)
    folder = tmp_path / "checkpoint"
    assert CAUSAL.claims(folder)
    assert CAUSAL.inspect(folder, "x", None, OPTIONS).ready == {capability}
    config = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    assert set(config["target_modules"]) == {"q_proj", "v_proj"}
    found = score(load(folder, capability, model=CAUSAL), capability, rows)
    assert found == pytest.approx(report["dev"][-1][1])


@pytest.mark.parametrize("name", KINDS)
def test_a_prediction_does_not_depend_on_the_batch(plain, tmp_path, name):
    rows = examples("classify")
    finetune(plain[name], tmp_path, TASKS["classify"], rows, model=CAUSAL, epochs=1)
    exact = LoadOptions(device="cpu", dtype="float32", exact=True)
    together, alone = (
        load(tmp_path / "checkpoint", "classify", model=CAUSAL, options=options) for options in (OPTIONS, exact)
    )
    texts = [{"text": text, "text_pair": pair} for text in TEXTS for pair in (None, "a pair")]
    one, other = ([row["scores"] for row in each.classify(texts)] for each in (together, alone))
    assert np.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "last"])
@pytest.mark.parametrize("name", KINDS)
def test_a_vector_does_not_depend_on_the_batch(plain, name, pooling):
    exact = LoadOptions(device="cpu", dtype="float32", exact=True)
    together, alone = (
        vectors(load(plain[name], "embed", model=CAUSAL, options=options, pooling=pooling), TEXTS)
        for options in (OPTIONS, exact)
    )
    assert np.abs(together - alone).max() < 1e-5


def test_the_last_pooling_is_the_state_of_the_last_token(plain):
    from transformers import AutoModel

    model, tokenizer = AutoModel.from_pretrained(plain["gemma3"]).eval(), AutoTokenizer.from_pretrained(plain["gemma3"])
    with torch.inference_mode():
        ids = torch.tensor([tokenizer(TEXTS[3])["input_ids"]])
        expected = model(ids, output_hidden_states=True).hidden_states[3][0, -1].numpy()
    [found] = vectors(load(plain["gemma3"], "embed", model=CAUSAL, pooling="last", layer=3), TEXTS[3:])
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_mean_leaves_out_the_token_that_begins_a_text(plain):
    from transformers import AutoModel

    model, tokenizer = AutoModel.from_pretrained(plain["gemma3"]).eval(), AutoTokenizer.from_pretrained(plain["gemma3"])
    with torch.inference_mode():
        ids = [tokenizer(text)["input_ids"] for text in TEXTS]
        states = [model(torch.tensor([each]), output_hidden_states=True).hidden_states[3][0] for each in ids]
    assert ids[1] == [tokenizer.bos_token_id]
    expected = torch.stack([each[1:].mean(0) if len(each) > 1 else each[0] for each in states]).numpy()
    model = load(plain["gemma3"], "embed", model=CAUSAL, layer=3)
    assert vectors(model, TEXTS) == pytest.approx(expected, abs=1e-5)
    top = load(plain["gemma3"], "embed", model=CAUSAL, layer=4)
    swept = np.concatenate(list(top.embed_layers(TEXTS, [3])))[:, 0]
    assert swept == pytest.approx(expected, abs=1e-5)


def test_a_decoder_without_pad_token_says_that_its_end_of_text_pads(plain, tmp_path):
    loaded = load(plain["llama"], "embed", model=CAUSAL)
    assert loaded.describe()["remarks"] == [{"code": "pad_token_missing", "facts": {"token": "<|end|>"}}]
    assert "remarks" not in load(plain["gemma3"], "embed", model=CAUSAL).describe()
    finetune(plain["llama"], tmp_path, model=CAUSAL, epochs=0.1)
    saved = AutoTokenizer.from_pretrained(tmp_path / "checkpoint")
    assert (saved.pad_token, saved.padding_side, len(saved)) == ("<|end|>", "right", len(tiny_tokenizer("bytes")))


def test_a_head_trained_here_reads_pairs_with_the_end_of_text_between_them(plain, tmp_path):
    finetune(plain["gemma3"], tmp_path, model=CAUSAL, epochs=0.1)
    tokenizer = load(tmp_path / "checkpoint", "classify", model=CAUSAL).tokenizer
    assert tokenizer.decode(tokenizer("a", "b")["input_ids"]) == "<bos>a<eos>b<eos>"
    assert tokenizer.decode(tokenizer("a")["input_ids"]) == "<bos>a"


def test_a_checkpoint_is_classified_as_by_transformers(plain, tmp_path):
    folder = tmp_path / "foreign"
    with_head(plain["llama"], folder, "classify")
    info = CAUSAL.inspect(folder, "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset({"classify"}), ("EASTERN", "Other", "latin"))
    network, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder).eval(), tiny_tokenizer("bytes")
    rows = examples("classify")
    with torch.inference_mode():
        logits = [network(torch.tensor([tokenizer(row["text"])["input_ids"]])).logits[0] for row in rows]
    expected = [("eastern", "other", "latin")[int(each.argmax())] for each in logits]
    assert predictions(load(folder, "classify", model=CAUSAL), "classify", rows) == expected


def test_a_tagger_of_others_is_read_at_the_first_token_and_one_of_ours_at_the_last(plain, tmp_path):
    with_head(plain["llama"], tmp_path / "foreign", "tag")
    finetune(plain["llama"], tmp_path, TASKS["tag"], model=CAUSAL, epochs=0.1)
    words = [["fishermen"]]
    [[foreign]] = load(tmp_path / "foreign", "tag", model=CAUSAL).encoder.encode(words)
    [[own]] = load(tmp_path / "checkpoint", "tag", model=CAUSAL).encoder.encode(words)
    assert len(own.ids) > 1
    assert (foreign.words, own.words) == ([0], [len(own.ids) - 1])


def test_the_adapter_of_encoders_names_the_one_for_decoders(plain, tmp_path):
    with pytest.raises(BadRequest, match=f"'hf' takes encoders .* use causal:{plain['llama']}"):
        HF.inspect(plain["llama"], "x", None, OPTIONS)
