"""What a user may choose of a sentence-transformers folder, what is refused before work, and what a run records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.models import tiny_checkpoint
from tests.plugins.models.st_folders import module, ours, rewrite, save, transformer, vectors
from tests.plugins.models.test_st_parity import static
from xharness import BadParameter, BadRequest, ModelInfo, StageError, api
from xharness.specs.params import typed
from xharness_plugins.models.st import ST

PROMPTS = {"query": "my question: ", "passage": "the letter: ", "topic": "it: "}


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("plain") / "bert", "bert", hidden=32)


@pytest.fixture(scope="module")
def folder(bert, tmp_path_factory):
    out = tmp_path_factory.mktemp("st")
    return save(out, transformer(bert), module("Pooling", 32), module("Normalize"), prompts=PROMPTS)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return save(tmp_path_factory.mktemp("static"), static())


def info(path):
    return ModelInfo(
        reference="m", adapter="st", path=Path(path), revision=None, fingerprint="f", architecture="a", hidden_size=32,
        layers=2, parameters=1, bytes=1, max_length=512,
    )  # fmt: skip


def settled(path, **params):
    return ST.settle(info(path), typed(ST.params, {}) | params)


def plan(path, registry, task="lareqa", **wishes):
    request = {
        "model": str(path),
        "source": "mini",
        "tasks": [task],
        "languages": ["de"],
        "recipe": "as-is",
        "limit": 9,
    }
    return api.plan(api.build(request | wishes), registry)


def test_prompts_of_the_folder_are_settled_by_role(folder):
    found = settled(folder)
    assert found == {"max_length": None, "query_prompt": "text:my question: ", "document_prompt": "text:the letter: "}
    assert settled(folder, query_prompt="topic", document_prompt="none", default_prompt="text:x ") == {
        "max_length": None,
        "default_prompt": "text:x ",
        "query_prompt": "text:it: ",
        "document_prompt": "text:",
    }


def test_a_folder_that_declares_nothing_settles_nothing(tmp_path):
    assert settled(tmp_path) == {"max_length": None}


def test_the_first_declared_name_is_the_prompt_of_documents(folder, tmp_path):
    rewrite(
        tmp_path / "config_sentence_transformers.json", prompts={"document": "d: ", "passage": "p: ", "corpus": "c"}
    )
    assert settled(tmp_path)["document_prompt"] == "text:d: "
    query = vectors(ours(folder, query_prompt="passage"), "query")
    np.testing.assert_array_equal(query, vectors(ours(folder), "document"))


@pytest.mark.parametrize(
    ("value", "hint"),
    [("querry", "did you mean query?"), ("zzz", "its prompts are passage, query, topic")],
)
def test_an_unknown_prompt_is_refused_with_near_names(folder, registry, value, hint):
    with pytest.raises(BadParameter, match=rf"query_prompt={value}: not a prompt of .*{hint}.* or use text:WORDS"):
        plan(folder, registry, params={"query_prompt": value})


def test_a_prompt_for_queries_needs_a_task_with_queries(folder, registry):
    with pytest.raises(BadParameter, match=r"query_prompt=topic: no text of the tasks \(tatoeba\) is a query"):
        plan(folder, registry, "tatoeba", params={"query_prompt": "topic"})


@pytest.mark.parametrize("value", ["33", "0", "all"])
def test_a_dimension_that_the_vectors_do_not_have_is_refused(folder, registry, value):
    with pytest.raises(BadParameter, match=rf"truncate_dim={value}: must be "):
        plan(folder, registry, params={"truncate_dim": value})


def test_the_dimension_is_counted_through_the_modules(bert, tmp_path, registry):
    parts = module("Pooling", 32, ("mean", "cls")), module("Dense", 64, 48)
    path = save(tmp_path, transformer(bert), *parts)
    with pytest.raises(BadParameter, match="must be at most 48"):
        plan(path, registry, params={"truncate_dim": "49"})


def keys(path, registry, task, **params):
    return {job.kind: job.key for job in plan(path, registry, task, params=params).jobs.values()}


def test_a_prompt_is_in_the_keys_of_the_texts_that_it_changes(folder, registry):
    usual, other = (keys(folder, registry, "lareqa", **params) for params in ({}, {"query_prompt": "topic"}))
    assert usual["embed"] == other["embed"]
    assert usual["predict"] != other["predict"]
    assert keys(folder, registry, "tatoeba") != keys(folder, registry, "tatoeba", default_prompt="topic")


def test_a_run_records_the_prompts(folder, registry, tmp_path):
    request = {"model": str(folder), "source": "mini", "tasks": ["lareqa", "tatoeba"], "languages": ["de"], "limit": 9}
    request |= {"recipe": "as-is", "dtype": "float32", "params": {"document_prompt": "topic"}}
    results = api.run(api.build(request), registry=registry, store=tmp_path / "store", out=tmp_path / "out")
    asymmetric, symmetric = (cell["model"] for cell in results["cells"])
    assert (asymmetric["query_prompt"], asymmetric["document_prompt"]) == ("my question: ", "it: ")
    assert "query_prompt" not in symmetric


@pytest.mark.parametrize("name", ["dot", "euclidean", "manhattan"])
def test_another_similarity_is_remarked_where_it_ranks_otherwise(bert, tmp_path, name):
    unit = save(
        tmp_path / "unit", transformer(bert), module("Pooling", 32), module("Normalize"), similarity_fn_name=name
    )
    other = save(tmp_path / "other", transformer(bert), module("Pooling", 32), similarity_fn_name=name)
    remark = {"code": "other_similarity", "facts": {"declared": name}}
    assert ours(unit).describe().get("remarks", []) == ([remark] if name == "manhattan" else [])
    assert ours(other).describe()["remarks"] == [remark]


def test_static_embeddings_are_not_trained(table, registry):
    with pytest.raises(BadRequest, match=r"needs a model that can classify.*; the adapter 'st-vectors' can embed"):
        plan(table, registry, "xnli", recipe="zero-shot")


def test_the_facts_of_static_embeddings(table, registry):
    found = plan(table, registry).resolved.info
    assert (found.adapter, found.architecture, found.hidden_size, found.layers) == (
        "st-vectors",
        "StaticEmbedding",
        24,
        0,
    )
    assert found.parameters % 24 == 0
    assert found.parameters > 0
    assert {"model.safetensors", "tokenizer.json", "modules.json"} <= set(found.files)


def test_tokens_without_a_vector_are_refused(table, tmp_path, registry):
    from safetensors.torch import load_file, save_file

    path = save(tmp_path, static())
    weights = load_file(path / "model.safetensors")
    save_file({name: weight[:-1].clone() for name, weight in weights.items()}, path / "model.safetensors")
    with pytest.raises(BadRequest, match=r"the tokenizer has [\d,]+ tokens, but the embedding of the model only"):
        plan(path, registry)


def test_a_role_without_a_route_is_refused(tmp_path):
    path = save(tmp_path, module("Router", {"query": [static()], "other": [static()]}))
    loaded = ours(path, "st-vectors")
    with pytest.raises(StageError, match="no route for a document: its routes are query, other"):
        vectors(loaded, "document")


def test_other_first_modules_are_refused(tmp_path, registry):
    (tmp_path / "modules.json").write_text(
        '[{"path": "", "type": "sentence_transformers.models.BoW"}]', encoding="utf-8"
    )
    with pytest.raises(
        BadRequest, match="the first module is BoW, which is not supported; expected Transformer, Static"
    ):
        plan(tmp_path, registry)
