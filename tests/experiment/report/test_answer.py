"""The content of a report, its page and its plot."""

from __future__ import annotations

from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest

from tests.experiment.report.conftest import R
from tests.experiment.test_running import SCHEMA
from xharness.experiment.report.answer import answer
from xharness.experiment.report.page import page
from xharness.experiment.report.plot import plot
from xharness.experiment.report.settings import ReportSettings

SETTINGS = ReportSettings(severity=3, margin=0.05, placebo="placebo")


def around(value):
    return value + np.random.default_rng(int(value)).normal(0, 0.5, R)


@pytest.fixture
def report(rows):
    def row(kept, ru=40.0):
        cells = (("a", "de", "x", 1, 80, 70), ("a", "de", "x", 3, 80, kept), ("a", "ru", "y", 3, 60, ru))
        return rows.row(*cells, spread=around)

    found = {"good": row(60.0), "none": row(40.0), "placebo": row(40.0), "bad": row(20.0, 0.0), "gone": None}
    return answer(found, "none", SETTINGS)


def test_the_baseline_is_first_and_each_row_has_a_verdict(report):
    found = {row["name"]: (row["verdict"], row["cause"], row["cells"]) for row in report["rows"]}
    assert found == {
        "none": (None, None, 2),
        "good": ("improves", "the task", 2),
        "placebo": ("no effect", None, 2),
        "bad": ("harms", "the task", 1),
        "gone": (None, None, 0),
    }
    jsonschema.validate(report, {**SCHEMA["properties"]["report"], "$defs": SCHEMA["$defs"]})


def test_caveats_count_seeds_and_cells_that_are_left_out(report):
    assert report["caveats"] == [
        "one training seed: intervals are over examples only, and another seed may give another verdict",
        "row bad: 1 of 2 cells are left out (1: a score is 0)",
        "no cell can be compared in gone",
    ]


def test_equal_reasons_appear_once_and_targets_that_hardly_react_are_named(rows):
    def row(kept):
        return rows.row(("a", "de", "x", 3, 80, kept), ("a", "ru", "x", 3, 80, 0.0), spread=around)

    report = answer({"none": row(79.0), "one": row(79.0), "two": row(79.0)}, "none", SETTINGS)
    assert report["caveats"][1:3] == [
        "rows none, one, two: 1 of 2 cells are left out (1: a score is 0)",
        "the log retention of 'none' is -0.013, within the margin of 0.05: these targets hardly react to the noise, "
        "and 'no effect' says little",
    ]


def test_effects_by_severity_have_all_severities_and_others_only_one(report):
    good = next(row for row in report["rows"] if row["name"] == "good")
    assert list(good["by"]) == ["task", "language", "noise", "severity"]
    assert list(good["by"]["severity"]) == ["1", "3"]
    assert good["by"]["language"]["de"]["retention"]["value"] == pytest.approx(np.log(60 / 40))
    assert good["by"]["language"]["ru"]["retention"]["value"] == 0


def test_the_page_answers_first_and_shows_all_tables(report):
    trained = {"good": {"epochs": "2", "intermediate": "mnli"}, "bad": {"epochs": "2"}}
    content = {
        "name": "some",
        "report": report,
        "targets": {"xnli": {"metric": "accuracy"}},
        "rows": [{"name": name, "model": "m", "recipe": "r", "params": params, "seeds": [1]}
                 for name, params in trained.items()],
    }  # fmt: skip
    text = page(content, ["note: synthetic"])
    lines = text.splitlines()
    assert lines[0] == "# some: robustness to noise"
    assert lines[4].startswith("- `good`: **improves**, ΔRet +0.203 [+0.")
    assert lines[4].endswith("the effect comes from: the task")
    assert lines[7] == "- `gone`: not compared"
    assert "| gone | - | - | - | - | - | - | - |" in lines
    assert [line for line in lines if line.startswith("## ")] == [
        "## Setup", "## Robustness compared with 'none'", "## Verdicts", "## ΔRet by language", "## ΔRet by noise",
        "## ΔRet by severity", "## Caveats",
    ]  # fmt: skip
    assert "| good | r | intermediate=mnli |" in lines and "- languages: de, ru" in lines
    assert text.endswith("- synthetic\n")


def test_the_plot_has_a_line_for_each_row_that_is_compared(report):
    root = ElementTree.fromstring(plot(report))
    space = {"svg": "http://www.w3.org/2000/svg"}
    titles = [each.text for each in root.findall(".//svg:circle/svg:title", space)]
    assert [title.split(":")[0] for title in titles] == ["good", "placebo", "bad"]
    xs = [float(each.get("cx")) for each in root.findall(".//svg:circle", space)]
    assert xs[2] < xs[1] < xs[0]
    assert plot(report) == plot(report)
