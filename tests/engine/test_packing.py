"""Packed weights: the same outputs up to rounding, and only for written texts."""

from __future__ import annotations

import pytest
import torch

from tests.models import tiny_decoder
from xharness import Generation, LoadOptions
from xharness.engine.packing import pack
from xharness_plugins.models.causal import CAUSAL


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch has no oneDNN")
@pytest.mark.parametrize("bias", [True, False])
def test_a_packed_layer_has_the_outputs_of_its_weights(bias):
    layer = torch.nn.Linear(24, 40, bias=bias)
    inputs = torch.randn(3, 5, 24)
    with torch.inference_mode():
        expected = layer(inputs)
        packed = pack(layer)
        torch.nn.init.zeros_(layer.weight)  # shows that the packed copy is used
        assert packed(inputs).numpy() == pytest.approx(expected.numpy(), abs=1e-5)


def test_other_formats_stay_as_they_are():
    layer = torch.nn.Linear(24, 40).to(torch.bfloat16)
    assert "forward" not in vars(pack(layer))


def test_written_texts_are_those_of_plain_weights(tmp_path):
    path = tiny_decoder(tmp_path / "decoder")
    plain, packed, exact = (
        CAUSAL.load(path, capability, None, {}, LoadOptions(device="cpu", dtype="float32", exact=exact))
        for capability, exact in (("loglikelihood", False), ("generate", False), ("generate", True))
    )
    layers = [each.generator.model.get_output_embeddings() for each in (plain, packed, exact)]
    assert ["forward" in vars(layer) for layer in layers] == [False, torch.backends.mkldnn.is_available(), False]
    asked = [Generation(context, (), 8) for context in ("The old harbour", "Nobody knows who", "")]
    assert list(packed.generate(asked)) == list(plain.generate(asked))
