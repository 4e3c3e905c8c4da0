"""Sweeps over hidden layers: retrieval of the embedded checkpoint as given, and best layers on synthetic scores."""

from __future__ import annotations

from types import SimpleNamespace

import jsonschema
import pytest

from tests.experiment.test_running import SCHEMA
from tests.experiment.test_scores import cell
from xharness import api
from xharness.cli.main import main
from xharness.errors import BadRequest
from xharness.experiment.files import Sweep
from xharness.experiment.layer_sweep import sweep_of
from xharness.experiment.scores import Scores
from xharness.experiment.tables import blocks, markdown
from xharness.registry import Registry
from xharness_tasks.mini import NANO

FILE = f"""
model = "{NANO}"
source = "mini"
limit = 8
baseline = "mining"
[[rows]]
name = "mining"
tasks = ["bucc2018"]
languages = ["de"]
[[rows]]
name = "search"
tasks = ["tatoeba"]
languages = ["de"]
"""


@pytest.fixture(scope="module")
def registry():
    return Registry.load(third_parties=False)


@pytest.fixture
def path(tmp_path):
    def _path(sweep):
        (tmp_path / "swept.toml").write_text(f"{FILE}[sweep]\n{sweep}\n", encoding="utf-8")
        return tmp_path / "swept.toml"

    return _path


def test_a_baseline_without_the_swept_task_gives_scores_and_no_gains(path, tmp_path, registry):
    said = []
    content = api.experiment(
        path('tasks = ["tatoeba"]\nlayers = [1, 4]'),
        registry=registry,
        out=tmp_path / "out",
        store=tmp_path / "store",
        display=lambda title: said.append(title) or api.progress(quiet=True),
    )
    jsonschema.validate(content, SCHEMA)
    swept = content["sweep"]["tatoeba"]
    [line] = swept["rows"]
    assert (swept["layers"], swept["baseline_best"], line["name"]) == ([1, 4], None, "search")
    assert all(value is not None for value in line["values"].values())
    assert line["gain_at_default"]["value"] is None
    assert line["gain_at_default"]["without"][0]["reason"] == "not requested in the baseline"
    assert line["gain_of_best"] is None
    assert (tmp_path / "out" / "table.md").read_text("utf-8") == markdown(content)
    table = blocks(content)[-1]
    assert table.rows[0][-2:] == ("- [1]", "")
    assert table.lines[-1] == "[1] not requested in the baseline"
    assert said == ["mining", "search", "search, tatoeba by hidden layer"]  # not a word for each layer


def test_a_task_that_no_row_has_is_said(path, tmp_path, registry, capsys):
    file = path('tasks = ["tatoeba"]')
    content = api.experiment(
        file, registry=registry, out=tmp_path / "out", store=tmp_path / "store", tasks=["bucc2018"]
    )
    assert content["sweep"]["tatoeba"]["rows"]  # the row's own tasks win
    file.write_text(file.read_text("utf-8").replace('tasks = ["tatoeba"]\nlang', 'tasks = ["bucc2018"]\nlang'), "utf-8")
    content = api.experiment(file, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    jsonschema.validate(content, SCHEMA)
    said = "no scores by hidden layer for tatoeba: no row evaluates it"
    scores, *others = blocks(content)
    assert said in scores.lines
    assert not [block for block in others if "hidden layer" in block.title]
    assert main(["plan", "--config", str(file), "--no-plugins", "--store", str(tmp_path / "store")]) == 0
    assert said in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("layers", ["[2, 5]", "[-1]"])
def test_layers_that_are_not_there_are_refused(path, tmp_path, registry, layers):
    message = r"sweep, row 'search': no layer (5|-1); the model has layers 0 \(embeddings\) to 4"
    with pytest.raises(BadRequest, match=message):
        api.experiment(path(f'tasks = ["tatoeba"]\nlayers = {layers}'), registry=registry, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_best_layers_are_those_of_the_languages_that_all_rows_have(tmp_path):
    def part(name, layer, **scores):
        cells = [cell(code, value=value, model={"layer": 1}) for code, value in scores.items()]
        tasks = {"t": {"metric": "accuracy", "value": sum(scores.values()) / len(scores)}}
        row, task = SimpleNamespace(name=name), None if layer is None else "t"
        return SimpleNamespace(row=row, task=task, layer=layer), Scores(tmp_path, {"cells": cells, "tasks": tasks})

    wished = SimpleNamespace(baseline="plain", sweep=Sweep(tasks=("t",), layers=None))
    # Of both languages the baseline's best layer is 0; in German, which is all that the other row has, it is 1.
    ran = [
        part("plain", None, de=50, ru=50),
        part("plain", 0, de=40, ru=90),
        part("plain", 1, de=50, ru=50),
        part("row", None, de=60),
        part("row", 0, de=70),
        part("row", 1, de=60),
    ]
    swept = sweep_of(wished, ran)["t"]
    assert swept["baseline_best"] == 1
    line = swept["rows"][1]
    assert (line["best_layer"], line["gain_of_best"]["value"]) == (0, 70 - 50)
