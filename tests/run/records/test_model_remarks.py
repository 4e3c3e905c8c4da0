"""What a loaded model says of its checkpoint is a caveat of each score."""

from __future__ import annotations

import shutil

import torch
from safetensors.torch import load_file, save_file

from xharness import api
from xharness.registry import Registry
from xharness.specs.caveats import caveat, of_model
from xharness_tasks.mini import NANO


def evaluate(tmp_path, change):
    model = shutil.copytree(NANO, tmp_path / "model")
    weights = load_file(model / "model.safetensors")
    change(weights)
    save_file(weights, model / "model.safetensors", {"format": "pt"})
    wishes = {"tasks": ("tatoeba",), "languages": ("de",), "source": "mini", "limit": 10}
    request = api.build({"model": str(model), "device": "cpu", "dtype": "float32", **wishes})
    registry = Registry.load(third_parties=False)
    (cell,) = (
        cell
        for cell in api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")["cells"]
        if cell["status"] != "not_run"
    )
    return cell


def test_weights_that_are_left_out_are_a_caveat(tmp_path):
    cell = evaluate(tmp_path, lambda weights: weights.update({"roberta.scale": torch.ones(1)}))
    assert cell["status"] == "ok"
    wanted = caveat("unknown_weights", count=1, names=["roberta.scale"]).record()
    assert [each for each in cell["caveats"] if each["code"] != "synthetic_data"] == [wanted]


def test_outputs_that_are_no_numbers_fail_the_cell(tmp_path):
    def poison(weights):
        name = next(name for name in weights if name.endswith("layer.0.output.dense.weight"))
        weights[name].fill_(float("nan"))

    cell = evaluate(tmp_path, poison)
    assert cell["status"] == "failed"
    assert cell["reason"].startswith(
        "outputs hold NaN or infinite values (layer encoder.layer.0.output.dense, float32)"
    )


def test_a_remark_of_a_plugin_brings_its_own_text():
    found = of_model({"code": "cold", "text": "the model was cold", "facts": {"degrees": 3}, "grave": True})
    assert (found.code, found.text, found.grave) == ("cold", "the model was cold", True)
    assert of_model({"code": "cold"}).text == "cold {}"
