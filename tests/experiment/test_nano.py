"""The paper's matrix on the embedded checkpoint, in small: real trainings, and numbers recomputed by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.test_docs import ROOT
from xharness import api
from xharness.experiment.costing import costs_of
from xharness.experiment.files import read
from xharness.experiment.running import parts_of
from xharness.registry import Registry
from xharness.store.artifacts import Store
from xharness_tasks.mini import NANO

pytestmark = pytest.mark.slow(minutes=0.5)  # some dozen trainings of a real checkpoint
ROWS = ("baseline", "squad_v1", "all nine")
SMALL = {
    "model": str(NANO),
    "tasks": ["udpos", "xquad", "tatoeba"],
    "languages": ["de", "ru"],
    "limit": 24,
    "seeds": [1, 2],
}


@pytest.fixture(scope="module")
def registry():
    return Registry.load(third_parties=False)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory, registry):
    """Return a few rows of the experiment, what was found, and the folders of the experiment and its store."""
    folder = tmp_path_factory.mktemp("matrix")
    whole = read(ROOT / "experiments" / "phang2020-nano.toml", SMALL)
    some = replace(whole, rows=tuple(row for row in whole.rows if row.name in ROWS))
    assert [row.name for row in some.rows] == list(ROWS)
    content = api.experiment(some, registry=registry, out=folder / "out", store=folder / "store")
    return some, content, folder


def score(record):
    names = {"udpos": ["f1"], "xquad": ["f1", "exact_match"], "tatoeba": ["accuracy"]}[record["task"]]
    return sum(record["metrics"][name]["value"] for name in names) / len(names)


def scores(folder):
    cells = json.loads((folder / "results.json").read_text("utf-8"))["cells"]
    return {(cell["task"], cell["language"], cell["seed"]): score(cell) for cell in cells}


def test_every_gain_is_that_of_the_runs(matrix):
    _, content, folder = matrix
    assert content["complete"] is True
    base = scores(folder / "out" / "rows" / "baseline")
    assert len(base) == 3 * 2 * 2
    for row in content["rows"][1:]:
        own = scores(folder / "out" / row["folder"])
        by_task = {}
        for task, cell in row["targets"].items():
            places = [place for place in base if place[0] == task]
            assert cell["value"] == pytest.approx(sum(own[place] for place in places) / 4)
            by_task[task] = sum(own[place] - base[place] for place in places) / 4
            assert cell["gain"]["value"] == pytest.approx(by_task[task])
            low, high = cell["gain"]["ci95"]
            by_seed = [sum(own[p] - base[p] for p in places if p[2] == seed) / 2 for seed in (1, 2)]
            assert low <= max(by_seed) + 1e-4 and high >= min(by_seed) - 1e-4
        assert row["average"]["gain"]["value"] == pytest.approx(sum(by_task.values()) / 3)
        points = {part["target"]: part["points"] for part in row["decomposition"]}
        assert points == pytest.approx({task: value / 3 for task, value in by_task.items()})


def test_each_layer_of_the_sweep_is_what_a_run_on_that_layer_gives(matrix, registry, tmp_path):
    some, content, _ = matrix
    request = some.rows[0].request
    swept = content["sweep"]["tatoeba"]
    assert swept["layers"] == [0, 1, 2, 3, 4]
    base, line = swept["rows"][:2]
    assert [base["name"], line["name"]] == ["baseline", "squad_v1"]
    asked = replace(request, suite=None, tasks=("tatoeba",), params={**request.params, "layer": "2"})
    results = api.run(asked, registry=registry, out=tmp_path / "run", store=tmp_path / "store")
    assert base["values"]["2"] == pytest.approx(sum(score(cell) for cell in results["cells"]) / 4)
    assert line["values"]["4"] == content["rows"][1]["targets"]["tatoeba"]["value"]
    assert line["default_layer"] == 4
    assert line["gain_at_default"] == content["rows"][1]["targets"]["tatoeba"]["gain"]
    best, base_best = (max(row["values"].values()) for row in (line, base))
    assert line["gain_of_best"]["value"] == pytest.approx(best - base_best)
    assert base["values"][str(swept["baseline_best"])] == base_best


def test_one_pass_serves_all_layers_and_its_vectors_go(matrix):
    _, _, folder = matrix
    runs = sorted((folder / "out" / "sweep").glob("*/*/results.json"))
    assert len(runs) == len(ROWS) * 5
    for run in runs:
        timing = json.loads(run.read_text("utf-8"))["run"]["timing"]
        assert timing and not any(work["tokens"] for work in timing)
    assert not list((folder / "store" / "vectors").glob("*"))


def test_a_sweep_is_priced_as_one_more_pass_and_its_vectors_are_not_kept(matrix, registry, tmp_path):
    some, _, _ = matrix
    alone = tuple(replace(row, request=replace(row.request, tasks=("tatoeba",))) for row in some.rows)
    wished = {"swept": some, "plain": replace(some, sweep=None), "alone": replace(some, sweep=None, rows=alone)}
    costs = {
        name: costs_of(parts_of(each, registry), registry, Store(tmp_path / "store")) for name, each in wished.items()
    }
    tokens = costs["swept"].total.tokens - costs["plain"].total.tokens
    assert tokens == costs["alone"].kinds["predict"].tokens > 0
    added = costs["swept"].kept - costs["plain"].kept
    texts = 2 * sum(40 for _ in SMALL["languages"])  # the retrieval task is searched whole
    assert 0 <= added < len(ROWS) * 2 * 5 * texts * 128 < costs["swept"].total.bytes - costs["plain"].total.bytes
    assert costs["swept"].kept < costs["swept"].most < costs["swept"].total.bytes


def test_run_again_it_is_served_from_the_store(matrix, registry):
    some, content, folder = matrix
    assert api.experiment(some, registry=registry, out=folder / "again", store=folder / "store") == content
    for row in ROWS:
        results = json.loads((folder / "again" / "rows" / row / "results.json").read_text("utf-8"))
        assert results["run"]["timing"] == []
