"""Sentence-transformers folders give the vectors that sentence-transformers gives, and are not trusted."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.models import TEXT, tiny_checkpoint
from tests.plugins.models.tiny import OPTIONS, load, many, predictions, vectors, with_head
from xharness import BadRequest, LoadOptions, StageError
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST

# Blanks at the ends and capitals, which some folders handle in a way of their own.
TEXTS = [*TEXT, "", "  " + TEXT[0].upper() + " ", " ".join(TEXT * 2)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return {kind: tiny_checkpoint(folder / kind, kind, hidden=32) for kind in ("xlmr", "bert", "roberta")}


def folder(encoder, out, *more, **about):
    """Save an encoder with further modules, as sentence-transformers does; the names of classes, or modules."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Transformer

    from xharness.engine.checkpoints import quiet

    with quiet():
        SentenceTransformer(modules=[Transformer(str(encoder)), *more], device="cpu", **about).save(str(out))
    return out


def pooling(mode="mean", **more):
    from sentence_transformers.sentence_transformer.modules import Pooling

    return Pooling(32, pooling_mode=mode, **more)


def dense():
    from sentence_transformers.sentence_transformer.modules import Dense

    torch.manual_seed(1)
    return Dense(32, 16)


def normalise():
    from sentence_transformers.sentence_transformer.modules import Normalize

    return Normalize()


def official(path, texts=TEXTS):
    from sentence_transformers import SentenceTransformer

    from xharness.engine.checkpoints import quiet

    with quiet():
        return SentenceTransformer(str(path), device="cpu").encode(texts, show_progress_bar=False)


def st(path, **params):
    return load(path, "embed", model=ST, **params)


def assert_near(one, other):
    assert one.shape == other.shape
    lengths = np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1)
    assert ((one * other).sum(axis=1) / lengths[0] / lengths[1]).min() > 0.99999
    np.testing.assert_allclose(*lengths, rtol=1e-4)


def rewrite(path, change):
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(change(content)), encoding="utf-8")


@pytest.mark.parametrize("kind", ["xlmr", "bert", "roberta"])
@pytest.mark.parametrize("mode", ["mean", "cls", "max"])
def test_vectors_are_those_of_the_library(plain, tmp_path, kind, mode):
    path = folder(plain[kind], tmp_path, pooling(mode))
    assert_near(vectors(st(path), TEXTS), official(path))


def test_further_modules_are_applied(plain, tmp_path):
    path = folder(plain["xlmr"], tmp_path, pooling(), dense(), normalise())
    loaded = st(path)
    found = vectors(loaded, TEXTS)
    assert found.shape[1] == 16 and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert_near(found, official(path))
    assert loaded.describe()["pooling"] == "Pooling > Dense > Normalize"


def test_a_default_prompt_stands_before_every_text(plain, tmp_path):
    prompts = {"query": "my question: ", "passage": "the letter: "}
    path = folder(plain["xlmr"], tmp_path, pooling(), prompts=prompts, default_prompt_name="passage")
    loaded = st(path)
    assert_near(vectors(loaded, TEXTS), official(path))
    assert loaded.describe()["prompt"] == "the letter: "


def test_no_default_prompt_is_no_prompt(plain, tmp_path):
    loaded = st(folder(plain["xlmr"], tmp_path, pooling(), prompts={"query": "my question: "}))
    assert loaded.describe()["prompt"] == ""


@pytest.mark.parametrize("mode", ["mean", "cls", "weightedmean"])
def test_a_prompt_may_be_left_out_of_the_pooling(plain, tmp_path, mode):
    about = {"prompts": {"passage": "the letter: "}, "default_prompt_name": "passage"}
    path = folder(plain["bert"], tmp_path, pooling(mode, include_prompt=False), **about)
    texts = [text for text in TEXTS if text]
    assert_near(vectors(st(path), texts), official(path, texts))


@pytest.mark.parametrize("kind", ["xlmr", "roberta"])
def test_texts_are_lower_cased_where_the_folder_says_so(plain, tmp_path, kind):
    path = folder(plain[kind], tmp_path, pooling())
    config = path / "sentence_bert_config.json"
    plainly = vectors(st(path), TEXTS)
    rewrite(config, lambda content: content | {"do_lower_case": True})
    found = vectors(st(path), TEXTS)
    assert not np.allclose(found, plainly)
    assert_near(found, official(path))


def test_max_length_is_the_folders_own_unless_it_is_said(plain, tmp_path):
    path = folder(plain["bert"], tmp_path, pooling())
    rewrite(path / "sentence_bert_config.json", lambda content: content | {"max_seq_length": 24})
    loaded = st(path)
    assert loaded.describe()["max_length"] == 24
    assert_near(vectors(loaded, TEXTS), official(path))
    assert st(path, max_length=8).describe()["max_length"] == 8


def test_vectors_do_not_depend_on_the_batch(plain, tmp_path):
    loaded = st(folder(plain["bert"], tmp_path, pooling(), normalise()))
    texts = [row["text"] for row in many("classify", 60)]
    for text, vector in zip(texts, vectors(loaded, iter(texts)), strict=True):
        np.testing.assert_allclose(vectors(loaded, [text])[0], vector, atol=1e-5)


def test_what_a_folder_says_of_itself(plain, tmp_path):
    path = folder(plain["bert"], tmp_path, pooling())
    assert st(path).describe() == {
        "device": "cpu",
        "dtype": "float32",
        "architecture": "BertModel",
        "layer": 2,
        "layers": 2,
        "pooling": "Pooling",
        "prompt": "",
        "max_length": 512,
    }


@pytest.mark.checkpoint
def test_the_real_checkpoint(minilm):
    loaded = st(minilm)
    assert_near(vectors(loaded, TEXTS), official(minilm))
    assert loaded.describe()["pooling"] == "Pooling > Normalize"


def test_bfloat16_is_near(plain, tmp_path):
    path = folder(plain["bert"], tmp_path, pooling(), dense())
    loaded = load(path, "embed", model=ST, options=LoadOptions(device="cpu", dtype="bfloat16"))
    found, wanted = vectors(loaded, TEXT), official(path, TEXT)
    assert (loaded.describe()["dtype"], found.dtype) == ("bfloat16", np.float32)
    assert ((found * wanted).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(wanted, axis=1)).min() > 0.999


def test_the_encoder_may_stand_in_a_folder_of_its_own(plain, tmp_path):
    path = folder(plain["bert"], tmp_path / "st", pooling())
    before = vectors(st(path), TEXT)
    moved = path / "0_Transformer"
    moved.mkdir()
    for file in list(path.iterdir()):
        if file.is_file() and file.name not in ("modules.json", "config_sentence_transformers.json", "README.md"):
            file.rename(moved / file.name)
    rewrite(path / "modules.json", lambda modules: [modules[0] | {"path": "0_Transformer"}, *modules[1:]])
    info = ST.inspect(path, "x", None, OPTIONS)
    assert {"modules.json", "0_Transformer/model.safetensors", "1_Pooling/config.json"} <= set(info.files)
    assert (info.path, info.hidden_size) == (path, 32)
    np.testing.assert_array_equal(vectors(st(path), TEXT), before)


@pytest.mark.parametrize("file", ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"])
def test_the_fingerprint_is_of_all_that_decides(plain, tmp_path, file):
    path = folder(plain["bert"], tmp_path, pooling())
    before = ST.inspect(path, "x", None, OPTIONS).fingerprint
    (path / file).write_text((path / file).read_text("utf-8") + "\n", encoding="utf-8")
    assert ST.inspect(path, "x", None, OPTIONS).fingerprint != before


def test_a_head_of_the_encoder_is_used(plain, tmp_path):
    head = with_head(plain["bert"], tmp_path / "head", "tag")
    rows = many("tag", 10)
    (head / "modules.json").write_text('[{"path": "", "type": "x"}]', encoding="utf-8")
    found = predictions(load(head, "tag", model=ST), "tag", rows)
    assert found == predictions(load(head, "tag", model=HF), "tag", rows)


def pickled(path):
    weights = load_file(path / "2_Dense/model.safetensors")
    (path / "2_Dense/model.safetensors").unlink()
    torch.save(weights, path / "2_Dense/pytorch_model.bin")


def test_pickled_modules_need_consent(plain, tmp_path):
    path = folder(plain["bert"], tmp_path, pooling(), dense())
    before = vectors(st(path), TEXT)
    pickled(path)
    for act in (lambda: ST.inspect(path, "x", None, OPTIONS), lambda: st(path)):
        with pytest.raises(BadRequest, match=r"2_Dense: the weights are only available as a pickle.*--allow-pickle"):
            act()
    options = LoadOptions(device="cpu", dtype="float32", allow_pickle=True)
    assert ST.inspect(path, "x", None, options).adapter == "st"
    np.testing.assert_allclose(vectors(load(path, "embed", model=ST, options=options), TEXT), before, atol=1e-6)


@pytest.mark.parametrize("kind", ["mine.Mine", "os.system", "joblib.numpy_pickle", "sentence_transformers"])
def test_code_from_elsewhere_needs_consent(plain, tmp_path, kind):
    path = folder(plain["bert"], tmp_path, pooling())
    (path / "mine.py").write_text("raise SystemExit('run')", encoding="utf-8")
    rewrite(path / "modules.json", lambda modules: [modules[0], modules[1] | {"type": kind}])
    for act in (lambda: ST.inspect(path, "x", None, OPTIONS), lambda: st(path)):
        with pytest.raises(BadRequest, match=rf"'{kind}' is not a module of .*--allow-remote-code"):
            act()


@pytest.mark.parametrize("where", ["../elsewhere", "/", "1_Pooling/../../elsewhere"])
def test_modules_outside_the_folder_are_refused(plain, tmp_path, where):
    path = folder(plain["bert"], tmp_path / "st", pooling())
    shutil.copytree(path / "1_Pooling", tmp_path / "elsewhere")
    rewrite(path / "modules.json", lambda modules: [modules[0], modules[1] | {"path": where}])
    for act in (lambda: ST.inspect(path, "x", None, OPTIONS), lambda: st(path)):
        with pytest.raises(BadRequest, match=r"modules\.json: expected modules in folders below "):
            act()


@pytest.mark.parametrize("content", ["{", "[]", "{}", "[1]", '[{"name": "0"}]', '[{"path": 3, "type": "x"}]'])
def test_a_list_of_modules_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "modules.json").write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest, match=r"modules\.json(:1)?: (item 1.*|not JSON|)(expected|: Expecting) "):
        ST.inspect(tmp_path, "x", None, OPTIONS)


def test_weights_that_are_not_whole_are_refused(plain, tmp_path):
    path = folder(plain["bert"], tmp_path, pooling())
    weights = load_file(path / "model.safetensors")
    weights.pop("encoder.layer.0.attention.self.query.weight")
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    with pytest.raises(StageError, match=r"weights missing from the files: .*query\.weight"):
        st(path)


def test_a_missing_library_is_named(plain, tmp_path, monkeypatch):
    path = folder(plain["bert"], tmp_path, pooling())
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(StageError, match=r"needs the package sentence-transformers; run: pip install 'xharness\[sent"):
        st(path)


def test_a_decoder_is_taken_where_its_folder_makes_vectors_of_it(minilm, tmp_path):
    folder = tmp_path / "decoder"
    shutil.copytree(minilm, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["Qwen3ForCausalLM"]}), "utf-8")
    assert ST.inspect(folder, "decoder", None, LoadOptions()).architecture == "Qwen3ForCausalLM"
    with pytest.raises(BadRequest, match="decoder-only model"):
        HF.inspect(folder, "decoder", None, LoadOptions())


def test_token_ids_show_what_a_lower_casing_folder_undoes(plain, tmp_path):
    lowered = folder(plain["bert"], tmp_path / "st", pooling())
    file = lowered / "sentence_bert_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "do_lower_case": True}), encoding="utf-8")
    small, large = (load(lowered, "embed", model=ST).token_ids([text]) for text in ("the letters", "The LETTERS"))
    assert small == large != [[]]
