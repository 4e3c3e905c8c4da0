"""Adapters of third parties are checked by what every adapter declares, and their errors are findings."""

from __future__ import annotations

import pytest

from xharness import LoadOptions
from xharness.check.examining import examine
from xharness.registry import Registry

PLUGIN = """
import numpy as np
from xharness import Model, ModelInfo, hookimpl

class Loaded:
    def describe(self): return {"device": "cpu", "dtype": "float32"}
    def embed(self, texts, max_length=None): yield np.full((len(list(texts)), 3), VALUE, "float32")
    def token_ids(self, texts): return [list(text) for text in texts]

def inspect(path, reference, revision, options):
    return ModelInfo(
        reference=reference, adapter="mine", path=path, revision=None, fingerprint="f", architecture="Mine",
        hidden_size=3, layers=1, parameters=3, bytes=12, max_length=9,
    )

@hookimpl
def xharness_models():
    yield Model(
        name="mine", summary="mine", capabilities=frozenset({"embed"}), claims=lambda path: None, inspect=inspect,
        load=lambda *given, **more: LOAD,
    )
"""


@pytest.mark.parametrize(
    ("value", "load", "state", "said"),
    [
        ("1.0", "Loaded()", "ok", "all finite"),
        ("float('nan')", "Loaded()", "failed", "NaN or infinite"),
        ("1.0", "1 / 0", "failed", "ZeroDivisionError"),
    ],
)
def test_an_adapter_without_check_up_has_the_general_lines(tmp_path, value, load, state, said):
    (tmp_path / "mine.py").write_text(PLUGIN.replace("VALUE", value).replace("LOAD", load), encoding="utf-8")
    registry = Registry.load([str(tmp_path / "mine.py")], third_parties=False)
    assert registry.warnings == []
    report = examine(f"mine:{tmp_path}", registry, {}, LoadOptions(device="cpu"))
    last = [each for each in report.findings if each.part == "output"][-1]
    assert (last.state, said in last.found) == (state, True)
    assert report.stops == (state == "failed")
    if state == "ok":
        [counted] = [each for each in report.findings if each.part == "tokenizer"]
        assert counted.facts["tokens_per_word"]["en"] > 2
        assert report.command.startswith(f"xharness run mine:{tmp_path}")
