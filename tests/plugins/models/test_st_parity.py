"""Vectors equal those of sentence-transformers within 1e-5: encode, encode_query and encode_document."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.models import TEXT, tiny_checkpoint, tiny_decoder, tiny_tokenizer
from tests.plugins.models.st_folders import TEXTS, library, module, ours, rewrite, save, transformer, vectors

PROMPTS = {"query": "my question: ", "document": "the letter: "}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return {kind: tiny_checkpoint(folder / kind, kind, hidden=32) for kind in ("xlmr", "bert")}


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    from transformers import AutoTokenizer

    path = tiny_decoder(tmp_path_factory.mktemp("decoder") / "llama")
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(path)
    return path


def assert_equal(path, adapter="st", texts=TEXTS, **params):
    """Compare the vectors of texts in all three roles; return those of a query."""
    wanted, loaded = library(path), ours(path, adapter, **params)
    for role, encode in ((None, wanted.encode), ("query", wanted.encode_query), ("document", wanted.encode_document)):
        found = vectors(loaded, role, texts)
        np.testing.assert_allclose(found, encode(texts, batch_size=4, show_progress_bar=False), atol=1e-5, rtol=1e-5)
    return vectors(loaded, "query", texts)


def test_mean_of_bert(plain, tmp_path):
    assert_equal(save(tmp_path, transformer(plain["bert"]), module("Pooling", 32)))


def test_first_token_dense_and_length_one(plain, tmp_path):
    parts = module("Pooling", 32, "cls"), module("Dense", 32, 16), module("Normalize")
    found = assert_equal(save(tmp_path, transformer(plain["xlmr"]), *parts))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("mode", ["max", "lasttoken", "weightedmean", "mean_sqrt_len_tokens", ("mean", "cls", "max")])
def test_every_pooling(plain, tmp_path, mode):
    found = assert_equal(save(tmp_path, transformer(plain["bert"]), module("Pooling", 32, mode)))
    assert found.shape[1] == (96 if isinstance(mode, tuple) else 32)


@pytest.mark.parametrize("layer", ["LayerNorm", "Dropout"])
def test_further_layers(plain, tmp_path, layer):
    more = module(layer, 32) if layer == "LayerNorm" else module(layer)
    assert_equal(save(tmp_path, transformer(plain["bert"]), module("Pooling", 32), more))


@pytest.mark.parametrize("side", ["left", "right"])
def test_last_token_of_a_decoder(decoder, tmp_path, side):
    path = save(tmp_path, transformer(decoder), module("Pooling", 64, "lasttoken"), prompts=PROMPTS)
    rewrite(path / "tokenizer_config.json", padding_side=side)
    assert library(path).tokenizer.padding_side == side
    assert_equal(path, texts=[text for text in TEXTS if text])


def test_prompts_by_role(plain, tmp_path):
    path = save(tmp_path, transformer(plain["xlmr"]), module("Pooling", 32), prompts=PROMPTS)
    query = assert_equal(path)
    loaded = ours(path)
    assert not np.allclose(query, vectors(loaded, "document"))
    assert not np.allclose(query, vectors(loaded))


def test_a_default_prompt_is_for_texts_without_a_role(plain, tmp_path):
    path = save(
        tmp_path, transformer(plain["xlmr"]), module("Pooling", 32), prompts=PROMPTS, default_prompt_name="query"
    )
    assert_equal(path)
    rewrite(path / "config_sentence_transformers.json", prompts={"usual": "my "}, default_prompt_name="usual")
    assert_equal(path)


@pytest.mark.parametrize("mode", ["mean", "lasttoken", "weightedmean"])
@pytest.mark.parametrize("kind", ["bert", "decoder"])
def test_prompts_that_are_not_pooled(plain, decoder, tmp_path, kind, mode):
    size = 64 if kind == "decoder" else 32
    pooling = module("Pooling", size, mode, include_prompt=False)
    path = save(tmp_path, transformer(decoder if kind == "decoder" else plain[kind]), pooling, prompts=PROMPTS)
    assert_equal(path, texts=[text for text in TEXTS if text])


def test_vectors_are_cut_to_the_dimension_of_the_folder(plain, tmp_path):
    parts = module("Pooling", 32), module("Normalize")
    path = save(tmp_path, transformer(plain["bert"]), *parts, truncate_dim=8)
    assert assert_equal(path).shape[1] == 8
    assert vectors(ours(path, truncate_dim=5)).shape[1] == 5


def test_lengths_and_case_of_the_folder(plain, tmp_path):
    path = save(tmp_path, transformer(plain["xlmr"]), module("Pooling", 32))
    rewrite(path / "sentence_bert_config.json", max_seq_length=12, do_lower_case=True)
    assert_equal(path)


def test_lengths_by_role(plain, tmp_path):
    first = transformer(plain["xlmr"], query_length=6, document_length=20)
    path = save(tmp_path, first, module("Pooling", 32))
    query = assert_equal(path)
    assert not np.allclose(query, vectors(ours(path), "document"))


def static(size=24, seed=0):
    tokenizer = tiny_tokenizer("bert")
    table = np.random.default_rng(seed).standard_normal((len(tokenizer), size), dtype=np.float32)
    return module("StaticEmbedding", tokenizer, embedding_weights=table)


def test_static_embeddings(tmp_path):
    assert_equal(save(tmp_path, static(), prompts=PROMPTS), "st-vectors")
    assert_equal(save(tmp_path / "more", static(), module("Dense", 24, 8), module("Normalize")), "st-vectors")


def test_static_embeddings_of_model2vec(tmp_path):
    from safetensors.torch import save_file

    path = save(tmp_path, static())
    weights = {
        "embeddings": torch.randn(7, 24, dtype=torch.float16),
        "mapping": torch.arange(len(tiny_tokenizer("bert"))) % 7,
        "weights": torch.rand(len(tiny_tokenizer("bert"))),
    }
    save_file(weights, path / "model.safetensors")
    assert_equal(path, "st-vectors")


def test_vectors_of_words(tmp_path):
    from sentence_transformers.sentence_transformer.modules.tokenizer import WhitespaceTokenizer

    words = sorted({word.lower().strip(".,;?") for text in TEXT for word in text.split()})
    table = np.random.default_rng(0).standard_normal((len(words) + 1, 24), dtype=np.float32)
    first = module("WordEmbeddings", WhitespaceTokenizer(words, stop_words=[]), table)
    assert_equal(save(tmp_path, first, module("Pooling", 24)), "st-vectors")


def test_routes_by_role(plain, tmp_path):
    document = [transformer(plain["bert"]), module("Pooling", 32)]
    router = module("Router", {"query": [static(32)], "document": document}, default_route="document")
    path = save(tmp_path, router, module("Normalize"), prompts=PROMPTS)
    found = assert_equal(path, "st-vectors")
    assert not np.allclose(found, vectors(ours(path, "st-vectors"), "document"))


def test_routes_after_a_common_encoder(plain, tmp_path):
    router = module("Router", {"query": [module("Dense", 32, 16)], "document": [module("Dense", 32, 16, bias=False)]})
    assert_equal(save(tmp_path, transformer(plain["bert"]), module("Pooling", 32), router))


@pytest.mark.checkpoint
def test_a_real_checkpoint(minilm):
    assert_equal(minilm)
