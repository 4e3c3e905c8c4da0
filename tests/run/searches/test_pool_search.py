"""Passage retrieval in a run: one pool for all languages, embedded once, resumed after an interruption."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests import toy
from xharness import DataRef, Stage, TrainingData, api, caveat, finetune
from xharness.engine.search import nearest, rank
from xharness.run.context import VECTORS_FILE, Context
from xharness.run.steps.embed import _WIDTH, _whole_rows
from xharness.specs.stage_params import Pretrained
from xharness.store.artifacts import Store

TASK = "toy-passages"


def predictions(tmp_path, language, out="out"):
    lines = (tmp_path / out / "predictions" / TASK / f"{language}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_candidates_of_all_languages_are_ranked_whatever_is_asked_for(run, tmp_path):
    results = run(tasks=[TASK], languages=["sw"])
    (cell,) = results["cells"]
    assert cell["status"] == "ok"
    assert cell["model"]["candidates"] == 90
    assert cell["caveats"] == []
    assert 50 < cell["metrics"]["map@20"]["value"] <= cell["metrics"]["map"]["value"] + 1e-9
    row = predictions(tmp_path, "sw")[0]
    assert row["id"] == "q0"
    assert len(row["prediction"]) == 20
    assert set(row["prediction"][:3]) == {"en:0", "sw:0", "zh:0"}
    assert row["ranks"] == [1, 2, 3]


def test_equal_candidates_are_ranked_in_the_order_of_the_pool(run, tmp_path):
    run(tasks=[TASK], languages=["en"])
    seventh, eighth = predictions(tmp_path, "en")[7:9]
    assert seventh["prediction"] == eighth["prediction"]
    places = {name: place for place, name in enumerate(seventh["prediction"], 1)}
    for code in toy.LANGUAGES:
        assert places[f"{code}:8"] == places[f"{code}:7"] + 1
    assert seventh["ranks"] == sorted(places[f"{code}:7"] for code in toy.LANGUAGES)


def test_the_pool_is_embedded_once(run, monkeypatch, tmp_path):
    log = tmp_path / "log"
    monkeypatch.setenv("TOY_LOG", str(log))
    run(tasks=[TASK], languages=["en"], keep_checkpoints=True)
    assert log.read_text().count("embed") == 90 + 30
    run(tasks=[TASK])
    assert log.read_text().count("embed") == 90 + 90
    run(tasks=[TASK], limit=4)
    assert log.read_text().count("embed") == 90 + 90 + 12


def test_a_limit_cuts_queries_and_is_marked(run):
    results = run(tasks=[TASK], limit=4)
    assert [cell["n"] for cell in results["cells"]] == [4, 4, 4]
    assert results["cells"][0]["caveats"] == [caveat("limited", limit=4).record()]


def test_a_pool_of_another_size_is_marked(run, registry, monkeypatch):
    task = registry.get("tasks", TASK)
    monkeypatch.setitem(vars(task), "pool_size", 13_014)
    results = run(tasks=[TASK], languages=["en"])
    assert results["cells"][0]["caveats"] == [caveat("pool_size", n=90, official=13_014).record()]


def test_a_vector_that_was_cut_short_is_made_again(tmp_path):
    assert _whole_rows(tmp_path) == 0
    (tmp_path / VECTORS_FILE).write_bytes(b"\0" * 30)
    assert _whole_rows(tmp_path) == 0
    assert not (tmp_path / VECTORS_FILE).exists()
    (tmp_path / _WIDTH).write_text('{"width": 3}')
    (tmp_path / VECTORS_FILE).write_bytes(b"\0" * 30)
    assert _whole_rows(tmp_path) == 2
    assert (tmp_path / VECTORS_FILE).stat().st_size == 24


@given(arrays(np.float32, st.tuples(st.integers(1, 40), st.just(2)), elements=st.integers(-2, 2).map(float)), st.data())
def test_ranks_are_those_of_a_stable_sort(database, data):
    queries = np.array([[1, 0], [0.5, -2]], dtype=np.float32)
    some = st.lists(st.integers(0, len(database) - 1), unique=True, max_size=5)
    relevant = [data.draw(some), data.draw(some)]
    best, places = rank(queries, database, 7, relevant)
    for number, scores in enumerate(queries @ database.T):
        order = np.argsort(-scores, kind="stable").tolist()
        assert best[number].tolist() == order[:7]
        assert places[number] == sorted(order.index(row) + 1 for row in relevant[number])


@pytest.mark.parametrize("block", [1, 100, 2**25])
def test_blocks_change_nothing(block, monkeypatch):
    monkeypatch.setattr("xharness.engine.search._SCORES", block)
    rng = np.random.default_rng(3)
    queries, database = (rng.standard_normal((rows, 16), dtype=np.float32) for rows in (9, 50))
    best, _ = rank(queries, database, 20, [[]] * 9)
    assert best.tolist() == nearest(queries, database, 20)[1].tolist()


@pytest.mark.parametrize(("split", "count"), [("train", 4), ("test", 30), ("candidates", 30)])
def test_a_limit_cuts_training_but_nothing_that_is_searched(split, count, registry, model, tmp_path):
    request = api.build({"model": model, "source": "toy", "dtype": "float32", "tasks": [TASK], "limit": 4})
    context = Context(plan=api.plan(request, registry), registry=registry, store=Store(tmp_path / "store"))
    assert len(context.load(DataRef(TASK, "en", split))) == count


def test_lengths_and_the_order_of_the_pool_make_other_stages(registry, model, tmp_path):
    task = registry.get("tasks", TASK)
    request = api.build({"model": model, "source": "toy", "dtype": "float32", "tasks": [TASK]})

    def keys():
        return {job.key for job in api.plan(request, registry).of_kind("embed")}

    first = keys()
    vars(task)["pools"] = ("zh", "sw", "en")
    try:
        assert keys().isdisjoint(first)
    finally:
        vars(task)["pools"] = ()
    start = Stage(params=Pretrained(adapter="toy", fingerprint="f"))
    longer = replace(task, query_length=7)
    english = TrainingData(languages=("en",))
    assert len({repr(finetune(start, each, each.tuning, english, seed=1)) for each in (task, longer)}) == 2
