"""What noises do to scores: pairs, averages in their order, flips, worst noise and robust accuracy."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import xharness.run
from xharness import Classification
from xharness.metrics.bootstrap import replicates
from xharness.run.records.results import assemble
from xharness.run.records.robustness import with_robustness

SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))
TASK = Classification(name="t", languages=("en", "sw", "zh"), labels=("a", "b"))
FAMILIES = {"swap": "edit", "drop": "edit", "case": "case"}
RIGHT = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]


class Registry:
    """Looks up the task, and noises by family."""

    def get(self, group, name):
        return TASK if group == "tasks" else type("Noise", (), {"family": FAMILIES[name]})


class Run:
    """A folder of a run, to which cells are added by which of their examples are right."""

    def __init__(self, folder):
        self.folder, self.cells = folder, []

    def add(self, language, right, noise=None, severity=1, noise_seed=0, seed=1, **more):
        hits = np.array(right, dtype=bool)
        name = f"{language}-{noise}-{severity}-{noise_seed}-{seed}"
        for sort, values in (("correct", hits), ("replicates", self.drawn(hits))):
            (self.folder / sort).mkdir(exist_ok=True)
            np.save(self.folder / sort / f"{name}.npy", values)
        setting = {"name": noise, "severity": severity, "version": 1, "seed": noise_seed} if noise else None
        counts = (
            {"examples": len(hits), "changed": 8, "edits": 9, "character_rate": 5.0, "effective": 4} if noise else {}
        )
        self.cells.append(
            {
                "task": "t", "language": language, "split": "test", "seed": seed, "noise": setting, "status": "ok",
                "n": len(hits), "inputs": None, "data": {"examples": "d"}, "caveats": [], "reason": None,
                "metrics": {"accuracy": {"value": 100.0 * hits.mean(), "ci95": None, "signature": "s"}},
                "predictions": f"predictions/{name}.jsonl", "replicates": f"replicates/{name}.npy",
                "notes": {"noise": counts} if noise else {},
            }
            | more
        )  # fmt: skip

    def drawn(self, hits):
        stats = np.stack([hits, np.ones(len(hits))], axis=1)
        return replicates(stats, {"a": lambda sums: 100 * sums[:, 0] / sums[:, 1]})["a"][None].astype(np.float32)

    def skip(self, language, noise, reason, severity=1):
        self.add(
            language, RIGHT, noise, severity, status="skipped", metrics={}, n=None, predictions=None, reason=reason
        )
        self.cells[-1]["replicates"] = None

    def found(self):
        content = assemble({"request": {}}, self.cells, None, [(TASK, TASK.languages)], [1])
        found = with_robustness(content, self.folder, Registry())
        if "robustness" in found:
            jsonschema.validate(found["robustness"], {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/robustness"})
        return found


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def right(count, n=10):
    return [number < count for number in range(n)]


def test_a_run_without_noise_stays_as_it_is(run):
    run.add("en", RIGHT)
    assert "robustness" not in run.found()


def test_a_row_compares_the_noisy_with_the_clean_score(run):
    run.add("sw", RIGHT)
    run.add("sw", [0, 0, 1, 1, 1, 1, 1, 1, 1, 0], "swap")
    [row] = run.found()["robustness"]["noises"]
    found = row["languages"]["sw"]
    assert (found["clean"], found["noisy"], found["drop"]) == (80.0, 70.0, pytest.approx(10.0))
    assert (found["harm"], found["gain"]) == (pytest.approx(20.0), pytest.approx(10.0))
    assert found["relative_drop"] == pytest.approx(100 * 10 / 30)  # chance is 50
    assert (found["coverage"], found["effective"], found["character_rate"]) == (80.0, 40.0, 5.0)
    assert row["noise"] == {"name": "swap", "version": 1, "severity": 1}


def test_the_interval_of_a_drop_is_paired(run):
    """The same examples go wrong in each replicate: an unpaired interval would be wider than one of a difference."""
    run.add("sw", right(100, 200))
    run.add("sw", right(98, 200), "swap")
    [row] = run.found()["robustness"]["noises"]
    low, high = row["languages"]["sw"]["ci95"]
    assert 0.0 <= low <= 1.0 <= high <= 3.0


def test_noise_seeds_are_averaged_first(run):
    run.add("sw", RIGHT)
    for seed, count in enumerate((6, 4)):
        run.add("sw", right(count), "swap", noise_seed=seed)
    [row] = run.found()["robustness"]["noises"]
    assert (row["languages"]["sw"]["noisy"], row["languages"]["sw"]["cells"]) == (50.0, 2)


def test_the_average_leaves_english_out(run):
    for code, counts in {"en": (10, 10), "sw": (8, 4), "zh": (6, 4)}.items():
        run.add(code, right(counts[0]))
        run.add(code, right(counts[1]), "swap")
    found = run.found()["robustness"]
    [row] = found["noises"]
    assert (row["average"]["languages"], row["average"]["clean"], row["average"]["noisy"]) == (["sw", "zh"], 70.0, 40.0)
    assert found["tasks"]["t"]["average"]["drop"] == pytest.approx(30.0)
    assert found["all"]["average"]["drop"] == pytest.approx(30.0)


def test_english_alone_has_an_average(run):
    run.add("en", right(8))
    run.add("en", right(4), "swap")
    assert run.found()["robustness"]["noises"][0]["average"]["languages"] == ["en"]


def test_families_weigh_alike_in_averages(run):
    run.add("sw", right(10))
    run.add("sw", right(8), "swap", severity=1)
    run.add("sw", right(4), "swap", severity=3)
    run.add("sw", right(2), "drop", severity=3)
    run.add("sw", right(10), "case", severity=3)
    task = run.found()["robustness"]["tasks"]["t"]
    # edit: swap (20 + 60) / 2 = 40 and drop 80, in the mean 60; case: 0
    assert task["average"]["drop"] == pytest.approx(30.0)
    assert task["severities"]["3"]["average"]["drop"] == pytest.approx(((60 + 80) / 2 + 0) / 2)
    assert task["severities"]["3"]["worst"]["noise"]["name"] == "drop"
    assert task["severities"]["1"]["worst"]["drop"] == pytest.approx(20.0)


def test_a_missing_cell_is_counted_and_never_a_drop_of_nought(run):
    for code in ("sw", "zh"):
        run.add(code, right(10))
    run.add("sw", right(4), "swap")
    run.skip("zh", "swap", "noise 'swap' does not apply: no letters")
    found = run.found()["robustness"]
    [row] = found["noises"]
    assert row["missing"] == {"zh": "noise 'swap' does not apply: no letters"}
    assert (row["average"]["drop"], row["average"]["languages"]) == (pytest.approx(60.0), ["sw"])
    assert found["tasks"]["t"]["missing"] == {"languages": 1, "cells": 0}


def test_a_noise_without_any_score_has_no_average(run):
    run.add("sw", right(10))
    run.skip("sw", "swap", "not here")
    found = run.found()["robustness"]
    assert (found["noises"][0]["average"], found["all"]["average"], found["tasks"]["t"]["average"]) == (
        None,
        None,
        None,
    )
    assert found["all"]["left_out"] == ["t"]


def test_a_noisy_score_on_other_data_is_not_compared(run):
    run.add("sw", right(10))
    run.add("sw", right(5), "swap", data={"examples": "other"})
    assert run.found()["robustness"]["noises"][0]["missing"] == {"sw": "different data"}


def test_robust_accuracy_counts_what_is_right_under_every_noise(run):
    run.add("sw", [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    run.add("sw", [1, 1, 0, 1, 1, 0, 0, 0, 0, 0], "swap")
    run.add("sw", [0, 1, 1, 1, 1, 1, 0, 0, 0, 0], "case")
    run.add("sw", right(0), "case", severity=5)
    at = run.found()["robustness"]["tasks"]["t"]["severities"]
    robust = at["1"]["robust_accuracy"]
    assert (robust["value"], robust["clean"], robust["noises"]) == (20.0, 40.0, 2)
    assert robust["ci95"][0] <= 20.0 <= robust["ci95"][1]
    assert at["5"]["robust_accuracy"]["value"] == 0.0


def test_without_the_examples_there_are_no_flips(run, tmp_path):
    run.add("sw", RIGHT)
    run.add("sw", right(4), "swap")
    for file in (tmp_path / "correct").iterdir():
        file.unlink()
    found = run.found()["robustness"]
    assert found["noises"][0]["languages"]["sw"]["harm"] is None
    assert found["tasks"]["t"]["severities"]["1"]["robust_accuracy"] is None
