"""Checkpoints with different heads are merged into one encoder, which is a checkpoint like any other."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from tests.models import tiny_checkpoint
from tests.plugins.models.tiny import OPTIONS, TASKS, finetune, load, vectors
from xharness import BadRequest
from xharness_plugins.models.hf import HF


@pytest.fixture(scope="module", params=["xlmr", "bert"])
def trained(request, tmp_path_factory):
    """Return a checkpoint and what two tasks make of it."""
    folder = tmp_path_factory.mktemp(request.param)
    base = tiny_checkpoint(folder / "base", request.param)
    for capability in ("tag", "answer"):
        finetune(base, folder / capability, TASKS[capability], epochs=1, learning_rate=1e-3)
    return base, folder / "tag" / "checkpoint", folder / "answer" / "checkpoint"


def merge(base, *others, out, method="linear", scale=1.0, density=1.0):
    return HF.merge(
        path=base, others=others, method=method, scale=scale, density=density, out=out, options=OPTIONS
    )  # fmt: skip


def encoder(path):
    """Return the weights of the layers, by the names that a bare encoder has for them."""
    found = load_file(path / "model.safetensors")
    return {name[name.index("layer.") :]: value for name, value in found.items() if ".layer." in name}


def test_the_mean_of_two_encoders(trained, tmp_path):
    base, one, other = trained
    report = merge(base, one, other, out=tmp_path / "merged")
    found, first, second = map(encoder, (tmp_path / "merged", one, other))
    assert found.keys() == first.keys() == second.keys()
    for name in found:
        torch.testing.assert_close(found[name], (first[name] + second[name]) / 2)
    assert report["checkpoints"] == 2
    assert report["mean_change"] > 0


def test_what_is_written_is_a_checkpoint_without_a_head(trained, tmp_path):
    base, one, other = trained
    merge(base, one, other, out=tmp_path / "merged", method="ties", density=0.5)
    info = HF.inspect(tmp_path / "merged", "x", None, OPTIONS)
    assert (info.ready, info.labels) == (frozenset(), ())
    finetune(tmp_path / "merged", tmp_path / "next", TASKS["classify"], epochs=0.1)


def test_a_checkpoint_merged_alone_has_its_own_vectors(trained, tmp_path):
    base, one, _ = trained
    merge(base, one, out=tmp_path / "merged", method="task-arithmetic")
    texts = ["one text", "and another one"]
    found, wanted = (vectors(load(path, "embed"), texts) for path in (tmp_path / "merged", one))
    torch.testing.assert_close(torch.tensor(found), torch.tensor(wanted), atol=1e-5, rtol=1e-4)


def test_another_architecture_is_refused(trained, tmp_path):
    base, one, _ = trained
    other = tiny_checkpoint(tmp_path / "other", "bert" if "xlmr" in base.parent.name else "xlmr")
    with pytest.raises(BadRequest, match=r"the models to merge differ in name or shape of \d+ weights"):
        merge(base, one, other, out=tmp_path / "merged")
