"""`xharness.evaluate` and what it returns: scores, tables, comparisons, and runs that go on after an interruption."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import xharness
from tests import toy
from xharness import BadRequest, Request
from xharness.api import Settings
from xharness.cli.main import main
from xharness.run.progress import progress

TASKS = ("toy-parity", "toy-pairs")


class Stops:
    """A display that interrupts the run after some cells, as Ctrl-C does."""

    def __init__(self, after):
        self.left, self.inner = after, progress(quiet=True)

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def cell(self, text):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


def test_the_result_is_that_of_the_run_folder(evaluate):
    result = evaluate(*TASKS, out="out")
    assert xharness.load("out").content == result.content == json.loads(Path("out/results.json").read_text("utf-8"))
    assert result.path == Path("out")
    cell = next(each for each in result.cells if (each["task"], each["language"]) == ("toy-parity", "sw"))
    assert result.score("toy-parity", "sw") == cell["metrics"]["accuracy"]["value"]
    scores = [result.score("toy-parity", code) for code in toy.LANGUAGES]
    assert result.score("toy-parity") == sum(scores) / 3
    assert result.complete
    assert result.failures == {}
    assert repr(result) == f"Result('out': {result.model}, 6 of 6 cells have a score)"
    assert f"toy-pairs: {result.score('toy-pairs'):.1f} (en 100.0, " in str(result)


def test_one_name_is_a_list_of_one_and_other_sequences_are_lists(evaluate):
    result = evaluate(tasks := "toy-pairs", languages="sw", seeds=range(2), noises=())
    assert {(cell["task"], cell["language"], cell["seed"]) for cell in result.cells} == {
        (tasks, "sw", 0),
        (tasks, "sw", 1),
    }
    assert result.score("toy-pairs") is None
    assert result.score("toy-pairs", "sw") == 100.0
    assert "toy-pairs: no average, missing en, zh (sw 100.0)" in str(result)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"languges": "sw"}, "unknown argument 'languges'; did you mean languages"),
        ({"limit": "3"}, "limit '3': must be a whole number"),
        ({"tokenizer": object()}, "tokenizer: only for a model object; a checkpoint has its own tokenizer"),
        ({"languages": "xx"}, "unknown language 'xx'"),
    ],
)
def test_a_wrong_argument_is_one_line_before_any_work(evaluate, call, message):
    with pytest.raises(BadRequest, match=f"^{message}"):
        evaluate("toy-pairs", **call)
    assert not Path("runs").exists()


def test_unknown_names_of_a_result_are_errors_with_the_nearest(evaluate):
    result = evaluate("toy-pairs")
    for ask, message in (
        (lambda: result.score("toy-pair"), "unknown task 'toy-pair'; did you mean toy-pairs"),
        (lambda: result.score("toy-pairs", "sv"), "unknown language 'sv'; did you mean sw"),
        (lambda: result.suite("toys"), "unknown suite of this run 'toys'"),
    ):
        with pytest.raises(BadRequest, match=message):
            ask()


def test_its_settings_are_all_fields_of_a_request():
    named = {"model", "tasks", "languages", "recipe"}
    own = {"registry", "store", "display"}
    assert set(Settings.__annotations__) == {entry.name for entry in fields(Request)} - named | own


def test_an_interrupted_run_goes_on_and_ends_as_if_undisturbed(evaluate, monkeypatch, tmp_path):
    whole = evaluate(*TASKS, "toy-tags", store="whole", out="one")
    log = tmp_path / "log"
    monkeypatch.setenv("TOY_LOG", str(log))
    with pytest.raises(KeyboardInterrupt):
        evaluate(*TASKS, "toy-tags", store="cut", out="two", display=Stops(after=4))
    half = xharness.load("two")
    assert 0 < len(half.failures) < len(half.cells)
    assert "the run ended before" in half._repr_html_()
    before = log.read_text("utf-8").count("\n")
    again = evaluate(*TASKS, "toy-tags", store="cut", out="two")
    assert again.to_arrow() == whole.to_arrow()
    assert again.failures == {}
    shutil.rmtree("cut")
    log.unlink()
    evaluate(*TASKS, "toy-tags", store="cut", out="two")
    assert 0 < before < log.read_text("utf-8").count("\n")


def test_tables_have_a_row_for_each_cell_and_metric(evaluate):
    result = evaluate("toy-parity", "toy-qa", languages=["en", "sw"])
    table = result.to_pandas()
    assert list(table.columns) == result.to_arrow().column_names
    assert table.dtypes["value"] == "float64"
    for cell in result.cells:
        own = table[(table["task"] == cell["task"]) & (table["language"] == cell["language"])]
        assert dict(zip(own["metric"], own["value"], strict=True)) == {
            name: each["value"] for name, each in cell["metrics"].items()
        }
        assert own["ci95_low"].notna().all()


def test_cells_without_a_score_have_a_row_with_the_reason(evaluate, monkeypatch):
    def broken(self, examples):
        raise ValueError("<b>no</b>")

    monkeypatch.setattr(sys.modules["xharness_plugin_toy"].Loaded, "classify", broken)
    result = evaluate("toy-parity", languages="sw")
    (row,) = result.to_arrow().to_pylist()
    assert (row["status"], row["metric"], row["value"]) == ("failed", None, None)
    assert row["reason"] == result.failures["toy-parity", "sw"]
    assert not result.complete
    shown = result._repr_html_()
    assert "&lt;b&gt;no&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert ">failed</td>" in shown


def test_a_comparison_is_that_of_the_command(evaluate, registry, capsys):
    one, other = evaluate("toy-pairs", out="a"), evaluate("toy-pairs", out="b", params={"letters": 1})
    compared = one.compare(other, registry)
    assert main(["compare", "a", "b", "--json", "--plugin", toy.__file__]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [dict(row) for row in compared.rows] == printed["rows"]
    assert compared.tests == printed["tests"] > 0
    assert one.compare("b", registry).content == compared.content
    table = compared.to_pandas()
    assert list(table["difference"].dropna()) == [row["difference"] for row in compared.rows if row["p"] is not None]
    assert '<td style="text-align: left">toy-pairs</td>' in compared._repr_html_()
    assert repr(compared).startswith(f"ComparedRuns({compared.tests} tests: ")
