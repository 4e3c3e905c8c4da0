"""A model object in memory gives the scores of its saved folder, to the last digit."""

from __future__ import annotations

from pathlib import Path

import pytest

import xharness
from tests.models import tiny_checkpoint
from xharness import BadRequest
from xharness.run.progress import progress

SETTINGS = {"source": "mini", "limit": 12, "languages": ["sw"], "dtype": "float32", "params": {"epochs": 1}}


def scores(model, name, tasks=("tatoeba",), **more):
    return xharness.evaluate(
        model, tasks=tasks, out=name, store=f"{name}-store", display=progress(quiet=True), **SETTINGS, **more
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("live") / "tiny", hidden=32)


def test_a_model_with_its_tokenizer_scores_as_its_folder(folder):
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    tasks = ("tatoeba", "xnli")
    model, tokenizer = AutoModelForMaskedLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    saved, live = scores(folder, "saved", tasks), scores(model, "live", tasks, tokenizer=tokenizer)
    assert live.to_arrow().drop_columns(["caveats"]) == saved.to_arrow().drop_columns(["caveats"])
    assert live.complete
    assert live.model.startswith("live:XLMRobertaForMaskedLM-")
    assert not [path for path in Path("live-store").rglob("*.safetensors") if "objects" not in path.parts]
    again = scores(model, "live", tasks, tokenizer=tokenizer)
    assert again.model == live.model
    assert not [line for line in again.content["run"]["timing"] if line["tokens"]]


def test_another_weight_is_another_model(folder):
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    model, tokenizer = AutoModelForMaskedLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    one = scores(model, "one", tokenizer=tokenizer).model
    with torch.no_grad():
        next(model.parameters()).view(-1)[0] += 0.5
    assert scores(model, "one", tokenizer=tokenizer).model != one


def test_a_sentence_transformer_scores_as_its_folder(folder, tmp_path):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    model.save(str(tmp_path / "st"))
    saved, live = scores(tmp_path / "st", "saved"), scores(model, "live")
    assert live.to_arrow() == saved.to_arrow()
    assert live.content["run"]["model"]["adapter"] == "st"


@pytest.mark.parametrize("given", [3, "no tokenizer"])
def test_an_object_that_is_no_model_is_refused(folder, given):
    from transformers import AutoModel

    model = given if given == 3 else AutoModel.from_pretrained(folder)
    message = "a int has no method save_pretrained" if given == 3 else "this XLMRobertaModel has no tokenizer; give its"
    with pytest.raises(BadRequest, match=message):
        scores(model, "none")
