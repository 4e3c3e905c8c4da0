"""Weights are loaded whole or not at all, and what happens to heads is said."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.models import KINDS, tiny_checkpoint
from xharness import BadRequest, StageError
from xharness.engine.checkpoints import Loading, Parts, load_model, read_weights, shapes, weight_files

TAG, CLASSIFY, ANSWER = (
    f"AutoModelFor{name}" for name in ("TokenClassification", "SequenceClassification", "QuestionAnswering")
)


def load(path, auto, head="matching", labels=3, seed=1, allow_pickle=False):
    from transformers import AutoConfig

    torch.manual_seed(seed)
    changes = {} if head == "complete" or auto in ("AutoModel", ANSWER) else {"num_labels": labels}
    config = AutoConfig.from_pretrained(path, **changes)
    weights = read_weights(path, allow_pickle)
    return load_model(path, auto, config, weights, dtype=torch.float32, parts=Parts(head=head))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


@pytest.fixture
def bert(plain, tmp_path):
    return shutil.copytree(plain["bert"], tmp_path / "bert")


def edit(path, change):
    file = path / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, {"format": "pt"})


@pytest.mark.parametrize(
    ("kind", "auto", "loading"),
    [
        ("bert", "AutoModel", Loading(("cls",), ())),
        ("bert", TAG, Loading(("cls",), ("classifier",))),
        ("bert", CLASSIFY, Loading(("cls",), ("classifier", "pooler"))),
        ("bert", ANSWER, Loading(("cls",), ("qa_outputs",))),
        ("xlmr", "AutoModel", Loading(("lm_head",), ())),
        ("xlmr", CLASSIFY, Loading(("lm_head",), ("classifier",))),
        ("roberta", ANSWER, Loading(("lm_head",), ("qa_outputs",))),
    ],
)
def test_heads_dropped_and_made_are_named(plain, kind, auto, loading):
    model, found = load(plain[kind], auto)
    assert found == loading
    stored = load_file(plain[kind] / "model.safetensors")
    prefix = f"{model.base_model_prefix}."
    for name, value in model.base_model.state_dict().items():
        if not name.startswith("pooler"):
            assert torch.equal(value, stored[prefix + name]), name


def test_loading_says_nothing_on_the_terminal(plain, capfd):
    load(plain["xlmr"], TAG)
    assert capfd.readouterr() == ("", "")


def test_a_new_head_depends_on_the_seed_alone(plain):
    heads = [load(plain["bert"], TAG, seed=seed)[0].classifier.weight for seed in (1, 1, 2)]
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])


def test_a_fine_tuned_head_is_kept_or_replaced_as_asked(plain, tmp_path):
    model, _ = load(plain["xlmr"], TAG)
    model.save_pretrained(tmp_path)
    kept, loading = load(tmp_path, TAG, head="complete")
    assert loading == Loading()
    assert torch.equal(kept.classifier.weight, model.classifier.weight)
    fresh, loading = load(tmp_path, TAG, head="new", seed=5)
    assert loading == Loading(("classifier",), ("classifier",))
    assert not torch.equal(fresh.classifier.weight, model.classifier.weight)
    _, loading = load(tmp_path, "AutoModel")
    assert loading == Loading(("classifier",), ())


def test_a_pre_trained_head_that_fits_is_kept(tmp_path):
    from transformers import AutoConfig, AutoModelForMaskedLM

    config = AutoConfig.for_model(
        "modernbert", vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2,
    )  # fmt: skip
    masked = AutoModelForMaskedLM.from_config(config)
    masked.save_pretrained(tmp_path)
    model, loading = load(tmp_path, CLASSIFY)
    assert loading == Loading(("decoder",), ("classifier",))
    assert torch.equal(model.head.dense.weight, masked.head.dense.weight)


def test_a_pooler_that_was_trained_is_kept(minilm):
    model, loading = load(minilm, CLASSIFY)
    assert loading == Loading((), ("classifier",))
    assert torch.equal(model.bert.pooler.dense.weight, load_file(minilm / "model.safetensors")["pooler.dense.weight"])
    assert load(minilm, "AutoModel")[1] == Loading(("pooler",), ())


@pytest.mark.parametrize("auto", ["AutoModel", TAG])
def test_a_missing_encoder_weight_is_an_error(bert, auto):
    edit(bert, lambda weights: weights.pop("bert.encoder.layer.1.output.dense.weight"))
    with pytest.raises(StageError, match=r"weights missing from the files: .*encoder\.layer\.1\.output\.dense\.weight"):
        load(bert, auto)


@pytest.mark.parametrize("auto", ["AutoModel", TAG])
def test_a_weight_that_the_encoder_does_not_know_is_an_error(bert, auto):
    edit(bert, lambda weights: weights.update({"bert.encoder.layer.2.output.dense.weight": torch.zeros(2, 2)}))
    with pytest.raises(StageError, match="weights unknown to the architecture"):
        load(bert, auto)


def test_a_weight_of_another_shape_is_an_error(bert):
    config = json.loads((bert / "config.json").read_text("utf-8"))
    (bert / "config.json").write_text(json.dumps(config | {"intermediate_size": 64}), encoding="utf-8")
    with pytest.raises(StageError, match=r"with another shape than config\.json says"):
        load(bert, TAG)


def test_a_head_that_is_not_whole_is_an_error(plain, tmp_path):
    model, _ = load(plain["bert"], ANSWER)
    model.save_pretrained(tmp_path)
    edit(tmp_path, lambda weights: weights.pop("qa_outputs.bias"))
    with pytest.raises(StageError, match=r"missing from the files: qa_outputs\.bias"):
        load(tmp_path, ANSWER, head="complete")


def test_an_architecture_without_the_head_is_refused(plain):
    from transformers import BertGenerationConfig

    with pytest.raises(BadRequest, match="no AutoModelForMaskedLM for model type 'bert-generation'"):
        load_model(plain["bert"], "AutoModelForMaskedLM", BertGenerationConfig(), {}, dtype=torch.float32)


def test_shards_are_read_together(plain, tmp_path):
    model, _ = load(plain["bert"], TAG)
    model.save_pretrained(tmp_path, max_shard_size="100KB")
    files = weight_files(tmp_path)
    assert len(files) > 1
    again, loading = load(tmp_path, TAG, head="complete")
    assert loading == Loading()
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())
    files[0].unlink()
    with pytest.raises(BadRequest, match="missing shards: "):
        weight_files(tmp_path)


def test_pickled_weights_need_consent(bert):
    weights = load_file(bert / "model.safetensors")
    torch.save(weights, bert / "pytorch_model.bin")
    (bert / "model.safetensors").unlink()
    with pytest.raises(BadRequest, match="--allow-pickle"):
        load(bert, TAG)
    model, _ = load(bert, TAG, allow_pickle=True)
    assert torch.equal(model.bert.embeddings.word_embeddings.weight, weights["bert.embeddings.word_embeddings.weight"])


def test_a_pickle_that_would_run_code_is_not_run(bert, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "harmed"), "w"))

    torch.save({"bert.embeddings.word_embeddings.weight": Evil()}, bert / "pytorch_model.bin")
    (bert / "model.safetensors").unlink()
    with pytest.raises(StageError, match="cannot be loaded without running its code"):
        load(bert, TAG, allow_pickle=True)
    assert not (tmp_path / "harmed").exists()


def test_shapes_come_from_the_header(plain):
    file = plain["xlmr"] / "model.safetensors"
    assert shapes(file) == {name: list(value.shape) for name, value in load_file(file).items()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer"),
        (b"", "damaged, or not a safetensors file"),
        (b"\xff" * 64, "damaged, or not a safetensors file"),
        (b"\x02\x00\x00\x00\x00\x00\x00\x00[]", "damaged, or not a safetensors file"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, message):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(BadRequest, match=message):
        shapes(tmp_path / "model.safetensors")


def test_a_file_cut_short_is_refused(bert):
    file = bert / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BadRequest, match=r"bytes, its header says [\d,]+; download it again"):
        shapes(file)


def test_a_folder_without_weights_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(BadRequest, match=r"no weights; the folder contains notes\.txt"):
        weight_files(tmp_path)
