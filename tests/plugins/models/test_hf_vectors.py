"""Vectors of texts are those of transformers' hidden states, whatever is run beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models import KINDS, TEXT, returning_tuples, tiny_checkpoint
from tests.plugins.models.tiny import OPTIONS, load, many, official, outputs, vectors, with_head
from xharness import BadRequest, LoadOptions
from xharness_plugins.models.hf import HF

LAYERS = 4


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return {kind: tiny_checkpoint(folder / kind, kind, layers=LAYERS, hidden=32) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", [None, *range(LAYERS + 1)])
def test_vectors_are_means_of_a_hidden_layer(plain, kind, layer):
    model, tokenizer = official(plain[kind])
    wanted = []
    for text in TEXT:
        states = outputs(model, tokenizer(text), output_hidden_states=True).hidden_states
        wanted.append(states[LAYERS if layer is None else layer][0].mean(dim=0).numpy())
    found = vectors(load(plain[kind], "embed", layer=layer), TEXT)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.stack(wanted), atol=1e-5)


def test_a_config_that_asks_for_tuples_changes_no_vectors(plain, tmp_path):
    folder = returning_tuples(plain["bert"], tmp_path / "tuples")
    for layer in (None, 2):
        expected = vectors(load(plain["bert"], "embed", layer=layer), TEXT)
        np.testing.assert_array_equal(vectors(load(folder, "embed", layer=layer), TEXT), expected)


def test_vectors_may_be_the_first_token(plain):
    model, tokenizer = official(plain["xlmr"])
    found = vectors(load(plain["xlmr"], "embed", layer=2, pooling="cls"), TEXT)
    for text, vector in zip(TEXT, found, strict=True):
        states = outputs(model, tokenizer(text), output_hidden_states=True).hidden_states
        np.testing.assert_allclose(vector, states[2][0, 0].numpy(), atol=1e-5)


def test_vectors_do_not_depend_on_the_batch(plain):
    loaded = load(plain["bert"], "embed")
    texts = [row["text"] for row in many("classify")] + [""]
    together = vectors(loaded, iter(texts))
    assert together.shape == (151, 32)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(vectors(loaded, [text])[0], vector, atol=1e-5)


def test_texts_longer_than_max_length_are_cut(plain):
    _, tokenizer = official(plain["bert"])
    loaded = load(plain["bert"], "embed", max_length=12)
    cut = tokenizer(TEXT[0], truncation=True, max_length=12)["input_ids"]
    model, _ = official(plain["bert"])
    with torch.inference_mode():
        wanted = model(torch.tensor([cut])).last_hidden_state[0].mean(dim=0).numpy()
    np.testing.assert_allclose(vectors(loaded, [TEXT[0]])[0], wanted, atol=1e-5)


def test_more_than_the_model_takes_is_not_read(plain):
    loaded = load(plain["xlmr"], "embed", max_length=5000)
    assert loaded.describe()["max_length"] == 512
    assert np.isfinite(vectors(loaded, [" ".join(TEXT * 3)])).all()


def test_a_fine_tuned_head_does_not_matter_to_vectors(plain, tmp_path):
    loaded = load(with_head(plain["bert"], tmp_path, "tag"), "embed")
    assert loaded.describe()["heads_dropped"] == ["classifier"]
    np.testing.assert_array_equal(vectors(loaded, TEXT), vectors(load(plain["bert"], "embed"), TEXT))


def test_bfloat16_is_near(plain):
    loaded = load(plain["xlmr"], "embed", options=LoadOptions(device="cpu", dtype="bfloat16"))
    assert loaded.describe()["dtype"] == "bfloat16"
    one, other = vectors(loaded, TEXT), vectors(load(plain["xlmr"], "embed"), TEXT)
    assert one.dtype == np.float32
    cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert cosines.min() > 0.999


def test_tokens_are_counted(plain):
    _, tokenizer = official(plain["xlmr"])
    counted = []
    vectors(load(plain["xlmr"], "embed", options=replace(OPTIONS, on_tokens=counted.append)), TEXT)
    assert sum(counted) == sum(len(tokenizer(text)["input_ids"]) for text in TEXT)


@pytest.mark.parametrize("layer", [-1, LAYERS + 1])
def test_a_layer_that_is_not_there_is_refused(plain, layer):
    with pytest.raises(BadRequest, match=rf"layer {layer}: .* has hidden layers 0 \(embeddings\) to 4"):
        load(plain["xlmr"], "embed", layer=layer)


@pytest.mark.parametrize(("name", "value"), [("pooling", "max"), ("max_length", "0"), ("layer", "last")])
def test_parameters_of_another_form_are_refused(name, value):
    with pytest.raises(ValueError):
        HF.params[name].type(value)


@pytest.mark.parametrize("capability", ["embed", "classify", "tag", "answer", "choose"])
def test_token_ids_are_those_of_the_tokenizer_uncut(plain, tmp_path, capability):
    path = plain["xlmr"] if capability == "embed" else with_head(plain["xlmr"], tmp_path / "head", capability)
    _, tokenizer = official(path)
    loaded = load(path, capability, max_length=8)
    wanted = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXT]
    assert max(map(len, wanted)) > 8
    assert loaded.token_ids(TEXT) == wanted
    assert loaded.token_ids([]) == []
