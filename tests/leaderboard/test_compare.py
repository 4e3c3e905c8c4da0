"""Two runs held against each other: what is tested, what is not and why, and in which direction."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.leaderboard import made
from xharness import DataError
from xharness.cli.main import main
from xharness.metrics.bootstrap import replicates
from xharness_leaderboard.compare import content, text
from xharness_leaderboard.pairing import compare
from xharness_leaderboard.records import read

N = 400
PLUGIN = """
from tests.leaderboard import made
from xharness import hookimpl

@hookimpl
def xharness_tasks():
    return made.TASKS.values()

@hookimpl
def xharness_suites():
    return made.SUITES.values()
"""


def answers(task, language, share=0.6, n=N):
    """Return which of the examples of a language are answered well; the same ones whatever the share, and more."""
    rng = np.random.default_rng([ord(letter) for letter in task + language])
    return rng.random(n) < share


def run(folder, shares, seed=1, model="owner/base", suite=None, change=(), **more):
    """Write the run of a model that answers a share of the examples of each place, and read it.

    `change` holds, by place, what its record has instead.
    """
    cells = []
    for (task, language), share in shares.items():
        right = answers(task, language, share)
        parts = len(made.TASKS[task].headline_names)
        cell = made.cell(task, language, *[100 * right.mean()] * parts, n=N, seed=seed, **more)
        found = replicates(np.column_stack([right, np.ones(N)]), {"": lambda sums: 100 * sums[:, 0] / sums[:, 1]})[""]
        cell["replicates"] = f"replicates/{task}/{language}-seed{seed}.npy"
        file = folder / cell["replicates"]
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, np.stack([found] * parts).astype(np.float32))
        cells.append(cell | dict(change).get((task, language), {}))
    return read(made.save(folder, made.content(cells, model=model, suite=suite, seeds=(seed,))))


def shares(**levels):
    """Return the same share for all languages that count of each task."""
    codes = {"nli": made.CODES, "qa": ("en", "sw"), "wrong": ("en", "sw")}
    return {(task, code): level for task, level in levels.items() for code in codes[task]}


def compared(a, b):
    found = compare(a, b, made.TASKS, made.SUITES, errors={"wrong"})
    return found, {(row.suite, row.task, row.language): row for row in found.rows}


def test_differences_and_their_order(tmp_path):
    a = run(tmp_path / "a", shares(wrong=0.5, qa=0.60, nli=0.70))
    b = run(tmp_path / "b", shares(qa=0.60, nli=0.60, wrong=0.6), model="owner/large")
    found, rows = compared(a, b)
    nli = [(None, "nli", code) for code in (*made.CODES, None)]
    others = [(None, task, code) for task in ("qa", "wrong") for code in ("en", "sw", None)]
    assert list(rows) == [*nli, *others, ("both", None, None), ("errors", None, None)]
    assert found.tests == len(rows) == 13
    one, other = answers("nli", "sw", 0.7), answers("nli", "sw", 0.6)
    sw = rows[None, "nli", "sw"]
    assert (sw.a, sw.b) == (100 * one.mean(), 100 * other.mean())
    apart = (one & ~other).mean()
    assert sw.difference.difference == pytest.approx(100 * apart)
    half = 100 * 1.96 * math.sqrt(apart * (1 - apart) / N)
    assert sw.difference.ci95 == pytest.approx((100 * apart - half, 100 * apart + half), abs=0.5)
    assert sw.better == "A"
    same = rows[None, "qa", "en"]
    assert (same.difference.difference, same.difference.p, same.better) == (0.0, 1.0, None)


def test_each_test_is_corrected_for_all_of_them(tmp_path):
    found, _ = compared(run(tmp_path / "a", shares(nli=0.63, qa=0.60)), run(tmp_path / "b", shares(nli=0.60, qa=0.61)))
    values = sorted((row.difference.p, row.difference.p_holm) for row in found.rows)
    highest = 0.0
    for place, (p, corrected) in enumerate(values):
        highest = max(highest, min(1.0, p * (len(values) - place)))
        assert corrected == pytest.approx(highest)
    assert {row.better for row in found.rows} <= {"A", "B", None}
    assert all((row.better is not None) is (row.difference.p_holm < 0.05) for row in found.rows)


def test_a_low_error_is_better(tmp_path):
    found, rows = compared(run(tmp_path / "a", shares(wrong=0.5)), run(tmp_path / "b", shares(wrong=0.7)))
    assert found.errors == ("wrong",)
    for key in ((None, "wrong", "sw"), (None, "wrong", None), ("errors", None, None)):
        assert rows[key].difference.difference < 0
        assert rows[key].better == "A"


def test_the_other_way_round_is_the_same_with_the_other_sign(tmp_path):
    a, b = run(tmp_path / "a", shares(qa=0.66, wrong=0.5)), run(tmp_path / "b", shares(qa=0.60, wrong=0.6))
    forth, back = compared(a, b)[1], compared(b, a)[1]
    for key, row in forth.items():
        assert row.difference.difference == -back[key].difference.difference
        assert row.difference.ci95 == pytest.approx([-bound for bound in reversed(back[key].difference.ci95)])
        assert row.difference.p_holm == pytest.approx(back[key].difference.p_holm)
        assert {row.better, back[key].better} in ({"A", "B"}, {None})


def test_averages_are_those_of_the_board(tmp_path):
    a, b = run(tmp_path / "a", shares(nli=0.66, qa=0.5)), run(tmp_path / "b", shares(nli=0.60, qa=0.7), model="o/l")
    _, rows = compared(a, b)
    board = made.board(tmp_path / "a", tmp_path / "b")
    by_model = {entry["model"]["reference"]: entry for entry in board["entries"]}
    ours, theirs = by_model["owner/base"], by_model["o/l"]
    row = rows["both", None, None]
    assert (row.a, row.b) == (ours["suites"]["both"]["value"], theirs["suites"]["both"]["value"])
    assert rows[None, "nli", None].a == ours["tasks"]["nli"]["value"]
    (pair,) = board["comparisons"]["both"]
    sign = 1 if pair["a"] == ours["id"] else -1
    assert row.difference.difference == pytest.approx(sign * pair["difference"])
    assert row.difference.p == pytest.approx(pair["p"])


SIGNED = {"accuracy": {"value": 60.0, "ci95": None, "signature": "accuracy|v:2"}}
FAILED = {"status": "failed", "metrics": {}, "n": None, "replicates": None, "reason": "DataError: no\nfile"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": {"examples": "local:nli:sw:new"}}, "different data"),
        ({"data": {}}, "different data"),
        ({"split": "dev"}, "different splits: dev and test"),
        ({"n": 1200}, "different numbers of examples: 1,200 and 400"),
        ({"metrics": SIGNED}, "different computation of accuracy: accuracy|v:2 and accuracy|v:1"),
        ({"replicates": None}, "no bootstrap replicates in A"),
        (FAILED, "A: DataError: no\nfile"),
        (None, "A: not run"),
    ],
)
def test_what_cannot_be_paired_says_so_and_is_not_tested(tmp_path, change, reason):
    ours = shares(nli=0.7, qa=0.6)
    if change is None:
        del ours["nli", "sw"]
    a = run(tmp_path / "a", ours, change={("nli", "sw"): change or {}})
    b = run(tmp_path / "b", shares(nli=0.6, qa=0.6))
    found, rows = compared(a, b)
    lacks = reason.startswith("A: ")
    assert rows[None, "nli", "sw"].reason == reason
    assert rows[None, "nli", None].reason == ("A lacks sw" if lacks else "not paired: sw")
    assert rows["both", None, None].reason == ("A lacks nli" if lacks else "not paired: nli")
    untested = [key for key, row in rows.items() if row.difference is None]
    assert untested == [(None, "nli", "sw"), (None, "nli", None), ("both", None, None)]
    assert all(rows[key].better is None for key in untested)
    assert found.tests == len(rows) - 3
    shown = text(found, [a, b])
    assert f"not tested: {' '.join(reason.split())}\n" in shown
    assert "not tested: 3; the reason is in the row" in shown
    assert len(shown.splitlines()) == 2 + 1 + 1 + len(rows) + 1 + 2


def test_other_metrics_that_are_not_the_score_are_no_hindrance(tmp_path):
    right = 100 * answers("nli", "sw", 0.6).mean()
    extra = {name: {"value": right, "ci95": None, "signature": f"{name}|v:1"} for name in ("more", "accuracy")}
    b = run(tmp_path / "b", shares(nli=0.6), change={("nli", "sw"): {"metrics": extra}})
    _, rows = compared(run(tmp_path / "a", shares(nli=0.7)), b)
    assert rows[None, "nli", "sw"].reason is None


def test_a_results_file_without_its_folder_has_no_test(tmp_path, capsys, monkeypatch):
    run(tmp_path / "a", shares(nli=0.7))
    (tmp_path / "alone.json").write_bytes((tmp_path / "a" / "results.json").read_bytes())
    found, rows = compared(read(tmp_path / "a"), read(tmp_path / "alone.json"))
    assert {row.reason for row in rows.values() if row.language} == {"no bootstrap replicates in B"}
    assert found.tests == 0
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN, encoding="utf-8")
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "alone.json"), "--plugin", str(plugin)]) == 1
    assert "0 tests; " in capsys.readouterr().out


def test_replicates_that_cannot_be_read_are_named(tmp_path):
    a, b = run(tmp_path / "a", shares(nli=0.7)), run(tmp_path / "b", shares(nli=0.6))
    (tmp_path / "b" / "replicates" / "nli" / "sw-seed1.npy").write_bytes(b"no array")
    found, rows = compared(a, b)
    assert rows[None, "nli", "sw"].reason == "no bootstrap replicates in B"
    assert [line["file"] for line in found.unread] == [str(tmp_path / "b" / "replicates" / "nli" / "sw-seed1.npy")]


def test_noised_cells_are_compared_with_noised_ones(tmp_path):
    noise = {"name": "typos", "severity": 2}
    a = run(tmp_path / "a", shares(nli=0.7), noise=noise)
    found, rows = compared(a, run(tmp_path / "b", shares(nli=0.6), noise=noise))
    assert rows[None, "nli", "sw"].noise == noise and rows[None, "nli", "sw"].better == "A"
    assert "nli noise typos 2  sw" in text(found, [a, a])
    found, _ = compared(a, run(tmp_path / "c", shares(nli=0.6)))
    assert found.tests == 0
    assert {row.reason for row in found.rows if row.language} == {"A: not run", "B: not run"}


def test_a_file_of_several_recipes_is_refused(tmp_path):
    a = run(tmp_path / "a", shares(nli=0.7), change={("nli", "sw"): {"recipe": {"name": "as-is", "params": {}}}})
    with pytest.raises(DataError, match=r"results\.json: cells of more than one recipe, source or way"):
        compared(a, a)


def test_the_command_prints_a_table_or_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN, encoding="utf-8")
    a, b = run(tmp_path / "a", shares(nli=0.7)), run(tmp_path / "b", shares(nli=0.6), model="owner/large")
    words = ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--plugin", str(plugin)]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        f"A  owner/base, zero-shot (epochs 3.0), local: {tmp_path}/a/results.json",
        f"B  owner/large, zero-shot (epochs 3.0), local: {tmp_path}/b/results.json",
    ]
    assert lines[3].split() == ["language", "A", "B", "A", "-", "B", "95", "%", "p", "better"]
    assert lines[4].split()[:2] == ["nli", "en"] and lines[4].split()[-2:] == ["<0.001", "A"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(json.dumps(content(compare(a, b, made.TASKS, made.SUITES), [a, b])))
    assert (found["tests"], found["level"], found["a"]["model"]["reference"]) == (4, 0.05, "owner/base")
    assert found["rows"][4]["reason"] == "A and B lack ar"  # it counts where no suite says otherwise
    assert found["rows"][3] | {"a": 0, "b": 0, "difference": 0, "ci95": 0, "p": 0, "p_holm": 0} == {
        "suite": None,
        "task": "nli",
        "language": "zh",
        "noise": None,
        "a": 0,
        "b": 0,
        "difference": 0,
        "ci95": 0,
        "p": 0,
        "p_holm": 0,
        "better": "A",
        "reason": None,
    }
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "none")]) == 2
    assert "none': no results.json" in capsys.readouterr().err
