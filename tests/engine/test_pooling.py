"""Vectors are those of the full model's hidden states, also where its upper layers are cut off."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.models import KINDS, tiny_checkpoint
from xharness.engine.pooling import default_layer, embedding_step, layers_step

LAYERS = 4


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pooling")
    return {kind: tiny_checkpoint(root / kind, kind, layers=LAYERS) for kind in KINDS}


def batch():
    ids = torch.randint(5, 300, (3, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[1] * 9, [1] * 6 + [0] * 3, [1] * 2 + [0] * 7])
    return {"input_ids": ids, "attention_mask": mask}


@pytest.mark.parametrize(("layers", "layer"), [(12, 8), (24, 14), (6, 5), (2, 2), (1, 1)])
def test_the_default_layer_is_a_bit_past_the_middle(layers, layer):
    assert default_layer(layers) == layer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", range(LAYERS + 1))
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_layer_is_pooled_as_by_hand(folders, kind, layer, pooling):
    from transformers import AutoModel

    given = batch()
    with torch.inference_mode():
        full = AutoModel.from_pretrained(folders[kind]).eval()
        states = full(**given, output_hidden_states=True).hidden_states[layer].numpy()
        found = embedding_step(AutoModel.from_pretrained(folders[kind]).eval(), layer, pooling)(given).numpy()
    lengths = given["attention_mask"].sum(dim=1).tolist()
    by_hand = [row[:n].mean(axis=0) if pooling == "mean" else row[0] for row, n in zip(states, lengths, strict=True)]
    np.testing.assert_allclose(found, np.array(by_hand), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_all_layers_in_one_pass_are_each_layer_alone(folders, kind, pooling):
    from transformers import AutoModel

    layers = [3, 0, LAYERS, 1]
    with torch.inference_mode():
        found = layers_step(AutoModel.from_pretrained(folders[kind]).eval(), layers, pooling)(batch())
        for place, layer in enumerate(layers):
            alone = embedding_step(AutoModel.from_pretrained(folders[kind]).eval(), layer, pooling)(batch())
            torch.testing.assert_close(found[:, place], alone)


def test_upper_layers_are_not_computed(folders):
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folders["bert"]).eval()
    embedding_step(model, 2, "mean")
    assert len(model.encoder.layer) == 2


def test_a_model_that_hides_its_layers_is_pooled_in_full():
    from transformers import XLMConfig, XLMModel

    config = XLMConfig(vocab_size=900, emb_dim=32, n_layers=3, n_heads=4, max_position_embeddings=64)
    model = XLMModel(config).eval()
    given = batch()
    with torch.inference_mode():
        states = model(**given, output_hidden_states=True).hidden_states[2]
        found = embedding_step(model, 2, "cls")(given)
    torch.testing.assert_close(found, states[:, 0])
