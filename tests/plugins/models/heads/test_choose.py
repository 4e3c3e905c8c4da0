"""What is chosen is what transformers chooses among all choices at once, and one head serves task after task."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.models import KINDS, TEXT, tiny_checkpoint, tiny_tokenizer
from tests.plugins.models.tiny import (
    LETTERS,
    OPTIONS,
    SCRIPT,
    examples,
    finetune,
    load,
    many,
    official,
    predictions,
    right,
    script,
    with_head,
)
from xharness import BadRequest, StageError
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST

NAME = "model.safetensors"
MORE = ("deberta-v2", "electra", "xlm")
SIZES = {"vocab_size": 900, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
OWN = {"deberta-v2": {"hidden_size": 32}, "electra": {"hidden_size": 32, "embedding_size": 16}, "xlm": {}}


def encoder(path, kind):
    """Write an encoder of another family, with BERT's tokenizer."""
    from transformers import AutoConfig, AutoModel

    sizes = {"n_words": 900, "emb_dim": 32, "n_layers": 2, "n_heads": 4} if kind == "xlm" else SIZES
    torch.manual_seed(0)
    AutoModel.from_config(AutoConfig.for_model(kind, **sizes, **OWN[kind], pad_token_id=0)).save_pretrained(path)
    tiny_tokenizer("bert").save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    tiny = {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}
    return tiny | {kind: encoder(folder / kind, kind) for kind in MORE}


def telling(path):
    """Make random weights so large that texts differ in their logits."""
    weights = {name: 8 * value if value.ndim > 1 else value for name, value in load_file(path / NAME).items()}
    save_file(weights, path / NAME, {"format": "pt"})
    return path


@pytest.fixture(scope="module")
def first(plain, tmp_path_factory):
    """A checkpoint that was trained to choose among three."""
    folder = tmp_path_factory.mktemp("first")
    finetune(plain["xlmr"], folder, LETTERS, [row for row in examples("choose") if len(row["choices"]) == 3], epochs=5)
    return folder / "checkpoint"


@pytest.mark.parametrize("max_length", [128, 24])
@pytest.mark.parametrize("kind", [*KINDS, *MORE])
def test_choices_are_those_of_transformers_over_all_of_an_example_at_once(plain, tmp_path, kind, max_length):
    path = telling(with_head(plain[kind], tmp_path, "choose"))
    model, tokenizer = official(path, "choose")
    rows = many("choose", 24)
    found = list(load(path, "choose", max_length=max_length).choose(iter(rows)))
    assert len(found) == len(rows)
    for row, each in zip(rows, found, strict=True):
        contexts = [row["context"]] * len(row["choices"])
        encoded = tokenizer(
            contexts,
            row["choices"],
            truncation="longest_first",
            max_length=max_length,
            padding=True,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = model(**{name: value[None] for name, value in encoded.items()}).logits
        assert logits.shape == (1, len(row["choices"]))
        assert float(logits[0, each["prediction"]]) == pytest.approx(float(logits.max()), abs=1e-4)
        assert each["scores"] == pytest.approx(logits.softmax(dim=-1)[0].tolist(), abs=2e-5)
    assert max(max(each["scores"]) - min(each["scores"]) for each in found) > 1e-3


def test_an_example_without_choices_stops_the_stream(first):
    with pytest.raises(StageError, match="an example has no choices; its context is 'Why'"):
        list(load(first, "choose").choose([examples("choose")[0], {"context": "Why", "choices": []}]))


def test_any_number_of_choices_is_weighed(first):
    rows = [{"context": TEXT[0], "choices": TEXT[1 : 2 + number]} for number in range(12)]
    found = list(load(first, "choose").choose(rows))
    assert [len(each["scores"]) for each in found] == [len(row["choices"]) for row in rows]
    assert all(sum(each["scores"]) == pytest.approx(1, abs=1e-5) for each in found)
    assert found[0] == {"prediction": 0, "scores": [1.0]}


def test_a_head_that_is_kept_is_trained_on(first, tmp_path):
    pairs = [row for row in examples("choose") if len(row["choices"]) == 2]
    report = finetune(first, tmp_path / "kept", LETTERS, pairs, keep_head=True, epochs=1, learning_rate=1e-12)
    assert (report["heads_dropped"], report["heads_created"]) == ([], [])
    before, after = load_file(first / NAME), load_file(tmp_path / "kept/checkpoint" / NAME)
    assert before.keys() == after.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=1e-8, rtol=0, msg=name)
    report = finetune(first, tmp_path / "new", LETTERS, pairs, epochs=1, learning_rate=1e-12)
    assert report["heads_created"] == ["classifier"]


def test_what_was_learnt_among_three_is_known_among_two(first, tmp_path):
    pairs = [row for row in examples("choose") if len(row["choices"]) == 2]
    finetune(first, tmp_path, LETTERS, pairs, keep_head=True, epochs=60)
    loaded = load(tmp_path / "checkpoint", "choose")
    assert right(predictions(loaded, "choose", pairs), [row["label"] for row in pairs]) > 0.8


def test_a_head_that_is_not_there_cannot_be_kept(plain, tmp_path):
    for path in (plain["xlmr"], with_head(plain["xlmr"], tmp_path / "other", "classify")):
        with pytest.raises(BadRequest, match="has no head for choices, which task 'letters' needs"):
            finetune(path, tmp_path, LETTERS, keep_head=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.update({"classifier.weight": torch.zeros(3, 64)}), "with another shape"),
        (lambda weights: weights.pop("classifier.bias"), r"missing from the files: classifier\.bias"),
        (lambda weights: weights.pop("roberta.pooler.dense.bias"), r"missing from the files: roberta\.pooler\.dense"),
    ],
)
def test_a_head_that_is_not_whole_cannot_be_kept(plain, tmp_path, change, message):
    path = with_head(plain["xlmr"], tmp_path / "head", "choose")
    weights = load_file(path / NAME)
    change(weights)
    save_file(weights, path / NAME, {"format": "pt"})
    with pytest.raises(StageError, match=message):
        finetune(path, tmp_path, LETTERS, keep_head=True)


def test_a_head_that_is_kept_keeps_the_order_of_its_classes(plain, tmp_path):
    turned = replace(SCRIPT, labels=SCRIPT.labels[::-1])
    finetune(plain["xlmr"], tmp_path / "first", SCRIPT)
    finetune(tmp_path / "first/checkpoint", tmp_path / "second", turned, keep_head=True, epochs=1, learning_rate=1e-12)
    assert HF.inspect(tmp_path / "second/checkpoint", "x", None, OPTIONS).labels == SCRIPT.labels
    found = predictions(load(tmp_path / "second/checkpoint", "classify", turned), "classify")
    assert right(found, [script(line) for line in TEXT]) > 0.8
    report = finetune(
        tmp_path / "first/checkpoint", tmp_path / "third", turned, keep_head=True, epochs=1, learning_rate=1e-12
    )
    assert report["loss"] < 0.5


def test_a_sentence_transformers_folder_learns_to_choose(minilm, tmp_path):
    report = finetune(minilm, tmp_path, LETTERS, model=ST, epochs=1, max_length=32, learning_rate=1e-4)
    assert report["heads_created"] == ["classifier"]
    assert len(predictions(load(tmp_path / "checkpoint", "choose", model=ST), "choose")) == len(TEXT)
