"""Gains and their intervals, compared with numbers computed by hand and by another resampling."""

from __future__ import annotations

import numpy as np
import pytest

from xharness import Place
from xharness.experiment.assembling import decomposition
from xharness.experiment.scores import Gain, Scores, average, gain

R = 1000


def cell(language, seed=1, value=50.0, status="ok", drawn=None, **more):
    return {
        "task": "t",
        "language": language,
        "seed": seed,
        "noise": None,
        "status": status,
        "split": "test",
        "data": {"examples": f"toy:{language}"},
        "n": 100,
        "metrics": {"accuracy": {"value": value, "signature": "accuracy"}} if status == "ok" else {},
        "replicates": None,
        "reason": None,
        "drawn": drawn,
        **more,
    }


def scores(folder, *cells, headline="accuracy"):
    """Return the scores of cells, their replicates on disk."""
    folder.mkdir(exist_ok=True)
    records = []
    for number, each in enumerate(cells):
        drawn = each.pop("drawn")
        if drawn is not None:
            np.save(folder / f"{number}.npy", np.atleast_2d(drawn).astype(np.float32))
            each["replicates"] = f"{number}.npy"
        records.append(each)
    return Scores(folder, {"cells": records, "tasks": {"t": {"metric": headline, "value": None}}})


@pytest.fixture
def two(tmp_path):
    def _two(ours, theirs, **more):
        return gain(scores(tmp_path / "row", *ours, **more), scores(tmp_path / "base", *theirs, **more), "t")

    return _two


def test_a_gain_is_the_mean_difference_over_languages_and_seeds(two):
    ours = [cell("en", 1, 80), cell("sw", 1, 40), cell("en", 2, 82), cell("sw", 2, 46)]
    theirs = [cell("en", 1, 70), cell("sw", 1, 42), cell("en", 2, 80), cell("sw", 2, 40)]
    found = two(ours, theirs)
    assert found.value == pytest.approx((10 - 2 + 2 + 6) / 4)
    assert (found.seeds, found.languages, found.without, found.ci95) == ((1, 2), ("en", "sw"), {}, None)


def test_the_score_is_the_mean_of_the_headline_metrics(two, tmp_path):
    def both(language, f1, em, drawn):
        metrics = {"f1": {"value": f1, "signature": "f1"}, "em": {"value": em, "signature": "em"}}
        return cell(language, metrics=metrics, drawn=drawn)

    ours, theirs = np.stack([np.full(R, 60.0), np.full(R, 40.0)]), np.stack([np.full(R, 50.0), np.full(R, 20.0)])
    found = two([both("en", 60, 40, ours)], [both("en", 50, 20, theirs)], headline="f1+em")
    assert found.value == 15
    assert found.ci95 == (15, 15)


def test_with_one_seed_the_interval_is_that_of_the_paired_replicates(two):
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 5, R)  # examples that are hard for both, which the pairing takes away
    ours = {code: 60 + shared + rng.normal(0, 1, R) for code in ("en", "sw")}
    theirs = {code: 50 + shared + rng.normal(0, 1, R) for code in ("en", "sw")}
    found = two(
        [cell(code, value=60, drawn=ours[code]) for code in ours],
        [cell(code, value=50, drawn=theirs[code]) for code in theirs],
    )
    differences = sum(ours[code] - theirs[code] for code in ours) / 2
    assert found.ci95 == pytest.approx(np.percentile(differences, [2.5, 97.5]), abs=1e-3)
    assert found.ci95[1] - found.ci95[0] < 5  # of unpaired rows it would be above 25
    assert found.content()["over"] == "examples"


def test_with_several_seeds_it_is_as_wide_as_seeds_and_examples_make_it(two):
    rng = np.random.default_rng(1)
    by_seed = [-1.0, 0.0, 3.0, 6.0]
    ours = [cell("en", seed, 50 + by_seed[seed], drawn=50 + by_seed[seed] + rng.normal(0, 1, R)) for seed in range(4)]
    theirs = [cell("en", seed, 50, drawn=np.full(R, 50.0)) for seed in range(4)]
    found = two(ours, theirs)
    # The variance of a mean of four seeds, and of the noise of three draws of them: the squares of how often each is
    # drawn sum to 3 + 3 * 2 / 4 on average.
    expected = np.var(by_seed, ddof=1) / 4 + 4.5 / 9
    assert found.drawn.var() == pytest.approx(expected, rel=0.15)
    assert found.value == pytest.approx(2)
    assert found.content()["over"] == "seeds and examples"


def test_only_what_both_have_counts_and_the_rest_is_named(two):
    ours = [cell("en", 1, 60), cell("sw", 1, status="failed", reason="no such file"), cell("de", 1, 50)]
    theirs = [cell("en", 1, 50), cell("sw", 1, 10), cell("de", 1, status="not_run")]
    found = two(ours, theirs)
    assert (found.value, found.languages) == (10, ("en",))
    assert found.without == {
        Place("t", "sw", 1): "no such file",
        Place("t", "de", 1): "no score in the baseline: the run ended before this cell",
    }


def test_a_language_that_lacks_one_seed_is_left_out_and_a_seed_that_lacks_all_languages(two):
    ours = [cell("en", 1, 60), cell("sw", 1, 60), cell("en", 2, 70), cell("sw", 2, status="failed", reason="x")]
    ours += [cell("en", 3, status="failed", reason="y"), cell("sw", 3, status="failed", reason="y")]
    theirs = [cell(code, seed, 50) for seed in (1, 2, 3) for code in ("en", "sw")]
    found = two(ours, theirs)
    assert (found.value, found.seeds, found.languages) == (15, (1, 2), ("en",))
    assert set(found.without) == {Place("t", code, seed) for code, seed in (("sw", 2), ("en", 3), ("sw", 3))}


def test_other_examples_and_other_metrics_are_not_paired(two):
    ours = [cell("en"), cell("sw"), cell("de", n=99)]
    theirs = [cell("en", data={"examples": "other"}), cell("sw", split="dev"), cell("de")]
    found = two(ours, theirs)
    assert found.value is None
    assert found.without == {
        Place("t", "en", 1): "different data",
        Place("t", "sw", 1): "different splits: test and dev",
        Place("t", "de", 1): "different numbers of examples: 99 and 100",
    }


def test_languages_that_one_of_both_was_not_asked_for_are_named(two):
    found = two([cell("en"), cell("sw")], [cell("en"), cell("de")])
    assert found.languages == ("en",)
    assert found.without == {
        Place("t", "sw", 1): "not requested in the baseline",
        Place("t", "de", 1): "not requested in this row",
    }


def test_a_failure_is_not_hidden_by_what_the_baseline_was_not_asked_for(two):
    found = two([cell("en"), cell("sw", status="failed", reason="no such file")], [cell("en")])
    assert found.without == {Place("t", "sw", 1): "no such file"}


def test_without_the_replicates_of_one_cell_there_is_no_interval(two):
    drawn = np.full(R, 50.0)
    found = two([cell("en", drawn=drawn), cell("sw", drawn=None)], [cell("en", drawn=drawn), cell("sw", drawn=drawn)])
    assert (found.value, found.drawn) == (0, None)


def test_the_average_gain_is_there_only_where_every_target_has_one():
    drawn = np.linspace(0, 2, R)
    gains = [Gain(1.0, drawn, (1,)), Gain(3.0, drawn + 2, (1,))]
    assert average(gains).value == 2
    assert average(gains).drawn == pytest.approx(drawn + 1)
    assert average([*gains, Gain(None)]).value is None
    assert average([*gains, Gain(5.0)]).ci95 is None


def test_the_parts_of_a_gain_add_up_to_it():
    gains = {
        "a": Gain(6.0, np.linspace(5, 7, R)),
        "b": Gain(-1.0, np.linspace(-2, 0, R)),
        "c": Gain(1.0, np.full(R, 1.0)),
    }
    parts = {part["target"]: part for part in decomposition(gains)}
    assert list(parts) == ["a", "c", "b"]
    assert sum(part["points"] for part in parts.values()) == pytest.approx(2)
    assert parts["a"]["points"] == 2
    assert [round(parts[name]["percent"]) for name in "abc"] == [100, -17, 17]


def test_there_is_no_share_of_a_gain_that_may_be_none():
    gains = {"a": Gain(2.0, np.linspace(-3, 7, R)), "b": Gain(0.0, np.zeros(R))}
    assert [part["percent"] for part in decomposition(gains)] == [None, None]
    assert decomposition({"a": Gain(None), "b": Gain(1.0)}) == []
