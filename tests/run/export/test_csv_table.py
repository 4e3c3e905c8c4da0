"""The CSV table of a run: complete rows, and no text that a spreadsheet would execute."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.run.export.csv_table import COLUMNS, table


def cell(**changed):
    metrics = {"f1": {"value": 1 / 3, "ci95": [0.1, 2 / 3], "signature": "f1|v:1"}}
    metrics["accuracy"] = {"value": -0.0, "ci95": None, "signature": "accuracy|v:1"}
    made = {"task": "t", "language": "sw", "split": "test", "source": "s", "seed": 1, "status": "ok", "n": 7}
    made |= {"recipe": {"name": "zero-shot", "params": {}}, "noise": None, "data": {"examples": "s:t:sw"}}
    return made | {"metrics": metrics, "reason": None, "caveats": [], **changed}


def said(text):
    return {"code": "odd", "grave": False, "text": text, "facts": {}}


def read(*cells):
    text = table(cells).decode()
    assert text.splitlines()[0] == ",".join(COLUMNS)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_says_all_of_a_metric():
    first, second = read(cell(noise={"name": "typos", "severity": 2}, caveats=[said("a"), said("b")]))
    assert (float(first["value"]), float(first["ci95_low"]), float(first["ci95_high"])) == (1 / 3, 0.1, 2 / 3)
    assert (first["signature"], first["recipe"], first["data"]) == ("f1|v:1", "zero-shot", "s:t:sw")
    assert (first["noise"], first["caveats"]) == ('{"name": "typos", "severity": 2}', "a; b")
    assert (second["metric"], second["value"], second["ci95_low"], second["n"]) == ("accuracy", "-0.0", "", "7")


def test_a_cell_without_scores_has_a_row_with_its_reason():
    (row,) = read(cell(status="failed", n=None, metrics={}, data={}, reason='no "gold",\nnone'))
    assert (row["status"], row["reason"], row["n"], row["value"]) == ("failed", 'no "gold",\nnone', "", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "＝1", "＠x"])
def test_no_text_is_a_formula(text):
    row = read(cell(reason=text, caveats=[said(text)], task=text, language=text, data={"examples": text}))[0]
    for column in ("reason", "caveats", "task", "language", "data"):
        assert row[column] == f"'{text}"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_other_text_is_as_it_was(text):
    row = read(cell(reason=text))[0]
    assert row["reason"].removeprefix("'") == text.removeprefix("'")
    assert not row["reason"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_half_a_surrogate_pair_is_written_as_its_escape():
    assert read(cell(reason="a\ud800"))[0]["reason"] == "a\\ud800"
