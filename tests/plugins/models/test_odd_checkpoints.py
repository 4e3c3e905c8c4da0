"""Checkpoints whose weights, tokenizer and configuration do not quite fit: taken with a caveat, or refused early."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.models import TEXT, tiny_checkpoint
from tests.plugins.models.tiny import AUTO, OPTIONS, SCRIPT, examples, finetune, load, predictions, vectors, with_head
from xharness import BadRequest, StageError
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST

CAPABILITIES = (*AUTO, "embed")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return {kind: tiny_checkpoint(folder / kind, kind, hidden=32) for kind in ("xlmr", "bert")}


@pytest.fixture(scope="module")
def heads(plain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads")
    made = {name: with_head(plain["xlmr"], folder / name, name) for name in AUTO}
    return {**made, "embed": plain["xlmr"]}


def copied(source, out):
    return shutil.copytree(source, out / "checkpoint")


def edit(path, change):
    file = path / "model.safetensors"
    weights = load_file(file)
    save_file(change(weights) or weights, file, {"format": "pt"})


def rewrite(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), encoding="utf-8")


def outputs(path, capability, model=HF):
    loaded = load(path, capability, model=model)
    if capability == "embed":
        return vectors(loaded, TEXT), loaded.describe()
    return predictions(loaded, capability), loaded.describe()


def sentence_transformer(encoder, out):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer

    from xharness.engine.checkpoints import quiet

    with quiet():
        modules = [Transformer(str(encoder)), Pooling(32), Dense(32, 16)]
        SentenceTransformer(modules=modules, device="cpu").save(str(out))
    return out


def poison(weights):
    name = next(name for name in weights if name.endswith("layer.1.output.dense.weight"))
    weights[name][3] = float("nan")


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_outputs_that_are_no_numbers_fail_with_layer_and_dtype(heads, tmp_path, capability):
    path = copied(heads[capability], tmp_path)
    edit(path, poison)
    said = r"outputs hold NaN or infinite values \(layer .*encoder\.layer\.1\.output\.dense, float32\); the weights of"
    with pytest.raises(StageError, match=said):
        outputs(path, capability)


def test_vectors_of_sentence_transformers_that_are_no_numbers_fail_too(plain, tmp_path):
    path = sentence_transformer(plain["bert"], tmp_path / "st")
    edit(path, poison)
    with pytest.raises(StageError, match=r"NaN or infinite values \(layer .*layer\.1\.output\.dense, float32\)"):
        outputs(path, "embed", ST)


def token_types(path, pair_type):
    """Let the tokenizer of a checkpoint give token types, as transformers' general class of tokenizers does."""
    content = json.loads((path / "tokenizer.json").read_text("utf-8"))
    for piece in content["post_processor"]["pair"][-2:]:
        next(iter(piece.values()))["type_id"] = pair_type
    (path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    rewrite(path / "tokenizer_config.json", model_input_names=["input_ids", "token_type_ids", "attention_mask"])


def pairs(capability):
    rows = examples(capability)
    return [row | {"text_pair": row["text"]} for row in rows] if capability == "classify" else rows


@pytest.mark.parametrize("capability", ["classify", "choose", "answer"])
def test_token_types_that_a_model_lacks_are_left_out(heads, tmp_path, capability):
    path = copied(heads[capability], tmp_path)
    rows = pairs(capability)
    wanted = list(getattr(load(heads[capability], capability), capability)(rows))
    token_types(path, 1)
    loaded = load(path, capability)
    assert list(getattr(loaded, capability)(rows)) == wanted
    facts = {"tokenizer": 2, "model": 1}
    assert loaded.describe()["remarks"] == [{"code": "token_types_left_out", "facts": facts}]


@pytest.mark.parametrize(("kind", "pair_type"), [("xlmr", 0), ("bert", None)])
def test_token_types_that_a_model_has_are_kept(plain, tmp_path, kind, pair_type):
    path = with_head(plain[kind], tmp_path / "head", "classify")
    if pair_type is not None:
        token_types(path, pair_type)
    loaded = load(path, "classify")
    seen = []
    loaded.model.register_forward_pre_hook(lambda model, args, inputs: seen.append(inputs), with_kwargs=True)
    list(loaded.classify(pairs("classify")))
    assert all(int(inputs["token_type_ids"].max()) == (pair_type is None) for inputs in seen)
    assert "remarks" not in loaded.describe()


def test_a_training_on_pairs_leaves_out_token_types_too(plain, tmp_path):
    path = copied(plain["xlmr"], tmp_path)
    token_types(path, 1)
    report = finetune(path, tmp_path / "out", SCRIPT, rows=pairs("classify"), epochs=0.5)
    assert report["steps"] > 0
    loaded = load(tmp_path / "out" / "checkpoint", "classify")
    assert [each["code"] for each in loaded.describe()["remarks"]] == ["token_types_left_out"]


MODERN = {
    "vocab_size": 905, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("modernbert", MODERN),
        ("fnet", {"vocab_size": 905, "hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 48}),
        ("distilbert", {"vocab_size": 905, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48}),
    ],
)
def test_a_model_gets_only_inputs_that_it_has(plain, tmp_path, kind, config):
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(plain["bert"])
    torch.manual_seed(0)
    sized = AutoConfig.for_model(kind, **config, num_labels=3, pad_token_id=0, bos_token_id=2, eos_token_id=3)
    sized.id2label = dict(enumerate(SCRIPT.labels))
    AutoModelForSequenceClassification.from_config(sized).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    rewrite(tmp_path / "tokenizer_config.json", model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    loaded = load(tmp_path, "classify")
    rows = pairs("classify")
    together = list(loaded.classify(rows))
    for row, found in zip(rows, together, strict=True):
        assert next(loaded.classify([row]))["scores"] == pytest.approx(found["scores"], abs=1e-5)
    known = 0 if kind != "fnet" else 4
    codes = [each["code"] for each in loaded.describe().get("remarks", ())]
    assert codes == ([] if known else ["token_types_left_out"])
    assert len(vectors(load(tmp_path, "embed"), TEXT)) == len(TEXT)


@pytest.mark.parametrize("file", ["tokenizer.json", "vocab.txt"])
def test_a_tokenizer_with_more_tokens_than_the_embedding_is_refused_at_once(plain, tmp_path, file):
    from transformers import AutoTokenizer

    path = copied(plain["bert"], tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    rows = len(tokenizer)
    if file == "vocab.txt":
        words = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
        (path / file).write_text("\n".join([*words, "new", "newer"]) + "\n", encoding="utf-8")
        (path / "tokenizer.json").unlink()
    else:
        tokenizer.add_tokens(["<new>", "<newer>"])
        tokenizer.save_pretrained(path)
    said = f"the tokenizer has {rows + 2:,} tokens, but the embedding of the model only {rows:,} "
    with pytest.raises(BadRequest, match=said):
        HF.inspect(path, "x", None, OPTIONS)
    with pytest.raises(BadRequest, match=said):
        load(path, "embed")
    with pytest.raises(BadRequest, match=said):
        finetune(path, tmp_path / "out", SCRIPT)


def test_an_embedding_with_spare_rows_is_taken(plain, tmp_path):
    path = copied(plain["bert"], tmp_path)
    rewrite(path / "config.json", vocab_size=1000)
    assert HF.inspect(path, "x", None, OPTIONS).layers == 2


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_hidden_layers": 10**6}, r"1,000,000 layers \(num_hidden_layers\), but the weights are \d+ tensors"),
        ({"hidden_size": 10**6}, r"2,000,000,000,000 parameters .*, but the weights have [\d,]+;"),
    ],
)
@pytest.mark.parametrize("model", [HF, ST], ids=lambda model: model.name)
def test_sizes_that_exceed_the_weights_are_refused_before_anything_is_built(plain, tmp_path, sizes, message, model):
    path = tmp_path / "checkpoint"
    sentence_transformer(plain["bert"], path) if model is ST else shutil.copytree(plain["bert"], path)
    rewrite(path / "config.json", **sizes)
    with pytest.raises(BadRequest, match=rf"config\.json: .*{message}"):
        model.inspect(path, "x", None, OPTIONS)
    with pytest.raises(BadRequest, match=rf"config\.json: .*{message}"):
        load(path, "embed", model=model)


def test_another_size_is_compared_before_the_weights_are_made(plain, tmp_path):
    path = copied(plain["bert"], tmp_path)
    rewrite(path / "config.json", intermediate_size=10**12)
    said = r"an encoder with [\d,]{17,} parameters, but the weights have [\d,]+;"
    with pytest.raises(BadRequest, match=said):
        load(path, "embed")


def test_a_module_of_sentence_transformers_that_exceeds_its_weights_is_refused(plain, tmp_path):
    path = sentence_transformer(plain["bert"], tmp_path / "st")
    (dense,) = path.glob("2_*")
    rewrite(dense / "config.json", in_features=10**9)
    with pytest.raises(BadRequest, match=r"a layer with 16,000,000,000 parameters, but the weights have 528;"):
        ST.inspect(path, "x", None, OPTIONS)


def twins(weights):
    found = {f"{name}_twin": weight.clone() for name, weight in weights.items() if "attention.self.query" in name}
    return weights | found | {"roberta.scale": torch.ones(1)}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_weights_that_the_architecture_lacks_are_left_out_and_named(heads, tmp_path, capability):
    path = copied(heads[capability], tmp_path)
    edit(path, twins)
    wanted, _ = outputs(heads[capability], capability)
    found, about = outputs(path, capability)
    assert np.array_equal(found, wanted) if capability == "embed" else found == wanted
    (remark,) = about["remarks"]
    assert (remark["code"], remark["facts"]["count"]) == ("unknown_weights", 5)
    assert remark["facts"]["names"][0] == "roberta.encoder.layer.0.attention.self.query.bias_twin"


@pytest.mark.parametrize("prefix", ["module.", "model.", "encoder.", "module.encoder."])
@pytest.mark.parametrize("capability", ["tag", "embed"])
def test_a_prefix_of_all_weights_is_removed_and_named(heads, tmp_path, prefix, capability):
    path = copied(heads[capability], tmp_path)
    edit(path, lambda weights: {prefix + name: weight for name, weight in weights.items()})
    wanted, _ = outputs(heads[capability], capability)
    found, about = outputs(path, capability)
    assert np.array_equal(found, wanted) if capability == "embed" else found == wanted
    assert about["remarks"] == [{"code": "prefix_removed", "facts": {"prefix": prefix}}]


def test_a_prefix_does_not_hide_a_missing_weight(plain, tmp_path):
    path = copied(plain["xlmr"], tmp_path)
    lost = "roberta.encoder.layer.1.output.dense.weight"
    edit(path, lambda weights: {f"module.{name}": weight for name, weight in weights.items() if name != lost})
    with pytest.raises(StageError, match=r"missing from the files \(without the prefix 'module\.' of all weights\): "):
        load(path, "embed")


def test_sentence_transformers_get_the_weights_without_prefix(plain, tmp_path):
    path = sentence_transformer(plain["bert"], tmp_path / "st")
    wanted, _ = outputs(path, "embed", ST)
    edit(path, lambda weights: {f"module.{name}": weight for name, weight in weights.items()})
    found, about = outputs(path, "embed", ST)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert [each["code"] for each in about["remarks"]] == ["prefix_removed"]


def test_the_report_of_a_training_says_what_its_loading_needed(plain, tmp_path):
    path = copied(plain["xlmr"], tmp_path)
    edit(path, lambda weights: {f"module.{name}": weight for name, weight in twins(weights).items()})
    report = finetune(path, tmp_path / "out", SCRIPT, epochs=0.5)
    assert [each["code"] for each in report["remarks"]][:2] == ["prefix_removed", "unknown_weights"]
    assert "remarks" not in load(tmp_path / "out" / "checkpoint", "classify").describe()
