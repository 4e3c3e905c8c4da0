"""`robustness` of leaderboard.json: the numbers of results.json, and comparisons of entries on equal grids only."""

from __future__ import annotations

import json

import pytest

from tests.leaderboard.made import TASKS, board, cell, content, every, save
from tests.leaderboard.noised import FAMILIES, grid, noised, run
from tests.leaderboard.test_board import conforms
from xharness import BadRequest
from xharness.run.records.robustness import with_robustness
from xharness_leaderboard.records import read
from xharness_leaderboard.robustness import RobustnessOptions


class Registry:
    """Looks up tasks, and noises by family."""

    def get(self, group, name):
        return TASKS[name] if group == "tasks" else type("Noise", (), {"family": FAMILIES[name]})


def robust(*folders, reference=None):
    """Return the entries of `robustness` by model, on a valid board."""
    found = conforms(board(*folders, noises=RobustnessOptions(FAMILIES, reference)))
    models = {entry["id"]: entry["model"]["reference"] for entry in found["entries"]}
    return {models[each["entry"]]: each for each in found["robustness"]["entries"]}


def average(entry, task=None, family=None, noise=None):
    [found] = [
        each
        for each in entry["averages"]
        if (each["task"], each["family"], each["noise"] and each["noise"]["name"]) == (task, family, noise)
    ]
    return found


def test_the_numbers_are_those_of_the_run(tmp_path):
    cells = [*grid(), *(each | {"seed": 2} for each in grid(70.0)), noised("nli", "sw", 60.0, "case", 3, 0)]
    cells += [noised("nli", "sw", 64.0, "case", 3, 1), noised("nli", "sw", 62.0, "case", 3, 0, seed=2)]
    cells += [noised("nli", "sw", 61.0, "case", 3, 1, seed=2)]
    folder = run(tmp_path / "run", cells, seeds=(1, 2))
    theirs = with_robustness(read(folder).content, folder, Registry())["robustness"]
    ours = robust(folder)["owner/base"]
    rows = {(row["noise"]["name"], row["severity"]): row for row in ours["noises"]}
    assert len(rows) == len(theirs["noises"]) == 7
    names = ("clean", "noisy", "drop", "ci95", "relative_drop", "relative_ci95", "coverage", "effective")
    for row in theirs["noises"]:
        own = rows[row["noise"]["name"], row["noise"]["severity"]]
        assert own["family"] == row["family"] and own["languages"].keys() == row["languages"].keys()
        for code, numbers in row["languages"].items():
            assert own["languages"][code].keys() == set(names)
            assert numbers["ci95"] is not None
            for name in names:
                assert own["languages"][code][name] == pytest.approx(numbers[name]), name
    assert rows["case", 3]["noise_seeds"] == [0, 1]
    task, whole = theirs["tasks"]["nli"], average(ours, "nli")
    for name in names[:5]:
        assert whole["average"][name] == pytest.approx(task["average"][name]), name
        assert average(ours)["average"][name] == pytest.approx(theirs["all"]["average"].get(name)), name
    for severity, found in task["severities"].items():
        at = whole["severities"][severity]
        assert at["drop"] == pytest.approx(found["average"]["drop"])
        assert at["worst"]["drop"] == pytest.approx(found["worst"]["drop"])
        assert at["worst"]["noise"]["name"] == found["worst"]["noise"]["name"]


def test_families_and_noises_have_averages_of_their_own(tmp_path):
    cells = [*grid(names=("swap", "drop"), codes=("en", "sw")), noised("nli", "sw", 49.0, "case", 3)]
    entry = robust(run(tmp_path / "run", cells))["owner/base"]
    assert average(entry, family="edit", noise="swap")["average"]["drop"] == pytest.approx(2 * 3)
    assert average(entry, family="edit")["average"]["drop"] == pytest.approx(2.5 * 3)
    assert average(entry, family="case")["average"]["drop"] == pytest.approx(30)
    assert average(entry)["average"]["drop"] == pytest.approx((2.5 * 3 + 30) / 2)
    assert average(entry)["severities"]["3"]["worst"] == {"noise": {"name": "case", "version": 1}, "drop": 30.0}


def test_entries_under_noise_have_no_rank_and_do_not_change_one(tmp_path):
    clean = [*every("nli", 60.0), *every("qa", 60.0)]
    noise = {"name": "swap", "severity": 3, "version": 1, "seed": 0}
    under = [*every("nli", 90.0, noise=noise), *every("qa", 90.0, noise=noise)]
    found = conforms(board(save(tmp_path / "run", content([*clean, *under]))))
    ranks = {bool(entry["noise"]): entry["suites"]["both"]["rank"] for entry in found["entries"]}
    assert ranks == {False: 1, True: None}
    [entry] = found["robustness"]["entries"]
    assert average(entry)["average"]["drop"] == pytest.approx(-30)


def test_only_scores_of_the_same_examples_are_paired(tmp_path):
    cells = [cell("nli", "en", 80.0), cell("nli", "sw", 70.0), noised("nli", "en", 75.0, "swap", 1)]
    cells += [noised("nli", "sw", 10.0, "swap", 1, data="other")]
    cells += [noised("nli", "yo", 9.0, "swap", 1), noised("nli", "en", 0.0, "case", 1, status="skipped", metrics={})]
    cells[-1] |= {"n": None, "predictions": None, "reason": "has no case", "notes": {}}
    entry = robust(save(tmp_path / "run", content(cells, suite=None)))["owner/base"]
    case, swap = entry["noises"]
    assert (case["average"], case["missing"]) == (None, {"en": "has no case"})
    assert swap["languages"].keys() == {"en"}
    assert swap["missing"] == {"sw": "different data", "yo": "no score without noise"}
    assert average(entry)["missing"] == 3
    assert (swap["average"]["drop"], swap["average"]["ci95"]) == (5.0, None)  # the run has no replicates


def test_runs_on_other_data_have_drops_of_their_own(tmp_path):
    less = [*(each | {"data": {"examples": "few"}} for each in grid(50.0, losses=(5.0, 5.0, 5.0)))]
    folders = [run(tmp_path / "all", grid()), run(tmp_path / "few", less)]
    found = conforms(board(*folders, noises=RobustnessOptions(FAMILIES)))["robustness"]["entries"]
    assert sorted(average(each)["average"]["clean"] for each in found) == pytest.approx([48.5, 78.5])
    assert not any(row["missing"] for each in found for row in each["noises"])
    assert len({each["grid"] for each in found}) == 2


def test_seeds_without_noise_are_not_in_the_clean_score(tmp_path):
    runs = [run(tmp_path / "1", grid(80.0)), run(tmp_path / "2", [cell("nli", "sw", 20.0, seed=2)], seeds=(2,))]
    entry = robust(*runs)["owner/base"]
    assert {row["languages"]["sw"]["clean"] for row in entry["noises"]} <= {79.0}


def test_boards_without_noise_have_no_robustness(tmp_path):
    found = conforms(board(save(tmp_path / "run", content([*every("nli")], suite=None))))
    assert "robustness" not in found


@pytest.mark.parametrize(
    "noise",
    [{}, {"name": "swap"}, {"name": 1, "severity": 1}, *({"name": "swap", "severity": bad} for bad in (9, True)),
     {"name": "swap", "severity": 1, "seed": "x"}],
)  # fmt: skip
def test_a_noise_without_name_and_severity_has_no_row(tmp_path, noise):
    cells = [*every("nli"), *every("nli", noise=noise)]
    assert "robustness" not in conforms(board(save(tmp_path / "run", content(cells, suite=None))))


@pytest.mark.parametrize(
    "notes", [{}, {"noise": 3}, {"noise": {"examples": 0, "changed": 0}}, {"noise": {"changed": 1}}]
)
def test_counts_that_are_missing_or_wrong_are_not_known(tmp_path, notes):
    cells = [cell("nli", "en", 80.0), noised("nli", "en", 75.0, "swap", 1, notes=notes)]
    [row] = robust(save(tmp_path / "run", content(cells, suite=None)))["owner/base"]["noises"]
    assert (row["average"]["coverage"], row["average"]["effective"]) == (None, None)


# Comparisons with other entries


def test_corruption_errors_are_in_percent_of_those_of_the_reference(tmp_path):
    """With one language, the errors at severities 1, 3 and 5 are 21, 22, 26 and 42, 44, 52."""
    one = grid(80.0, names=("swap",), codes=("sw",))
    other = grid(60.0, losses=(2.0, 4.0, 12.0), names=("swap",), codes=("sw",))
    runs = [run(tmp_path / name, cells, model=name) for name, cells in (("one", one), ("other", other))]
    found = robust(*runs, reference="one")
    assert {each["reference"] for each in found.values()} == {found["one"]["entry"]}
    for scope in (average(found["one"]), average(found["one"], "nli")):
        assert (scope["mce"], scope["relative_mce"]) == pytest.approx((100, 100))
    for scope in (average(found["other"]), average(found["other"], family="edit", noise="swap")):
        assert scope["mce"] == pytest.approx(100 * (42 + 44 + 52) / (21 + 22 + 26))
        assert scope["relative_mce"] == pytest.approx(200)
    back = robust(*runs, reference=found["other"]["entry"])
    assert average(back["one"])["relative_mce"] == pytest.approx(50)


def test_the_reference_is_the_first_zero_shot_entry_of_the_same_grid(tmp_path):
    runs = [run(tmp_path / name, grid(), model=name) for name in ("one", "two")]
    runs.append(run(tmp_path / "tuned", grid(recipe="joint"), model="tuned"))
    runs.append(run(tmp_path / "less", grid(codes=("en", "sw"), recipe="joint"), model="less"))
    runs.append(run(tmp_path / "old", [each | {"data": {"examples": "old"}} for each in grid()], model="old"))
    found = robust(*runs)
    first = next(each["entry"] for each in found.values() if each["entry"].split("-")[0] in ("one", "two"))
    assert [found[name]["reference"] for name in ("one", "two", "tuned", "less")] == [first, first, first, None]
    assert found["old"]["reference"] == found["old"]["entry"]
    assert average(found["less"])["mce"] is None
    assert average(robust(*runs, reference="old")["one"])["mce"] is None


def test_a_reference_without_errors_gives_no_corruption_error(tmp_path):
    cells = grid(100.0, losses=(0.0, 0.0, 0.0), names=("swap",), codes=("sw",))
    scope = average(robust(run(tmp_path / "run", cells))["owner/base"])
    assert (scope["mce"], scope["relative_mce"]) == (None, None)


@pytest.mark.parametrize(
    ("reference", "said"),
    [("nobody", "not an entry with scores under noise"), ("same", "several entries are of this model")],
)
def test_a_reference_that_is_not_one_entry_is_refused(tmp_path, reference, said):
    runs = [run(tmp_path / recipe, grid(recipe=recipe), model="same") for recipe in ("zero-shot", "joint")]
    with pytest.raises(BadRequest, match=f"--reference '{reference}': {said}"):
        robust(*runs, reference=reference)


def test_a_reference_on_a_board_without_noise_is_refused(tmp_path):
    with pytest.raises(BadRequest, match=r"not an entry with scores under noise.*none"):
        board(save(tmp_path / "run", content([*every("nli")], suite=None)), noises=RobustnessOptions({}, "owner/base"))


@pytest.mark.parametrize("number", [4, 5])
def test_effective_robustness_needs_five_zero_shot_entries(tmp_path, number):
    runs = [run(tmp_path / str(at), grid(60.0 + 5 * at), model=f"m{at}") for at in range(number)]
    runs.append(run(tmp_path / "tuned", grid(70.0, losses=(0.1, 0.2, 0.6), recipe="joint"), model="tuned"))
    value = average(robust(*runs)["tuned"])["effective_robustness"]
    assert value is None if number < 5 else 3 < value < 10  # the baselines lose 7.5 points on average


def test_low_is_good_where_scores_are_errors(tmp_path):
    cells = [cell("wrong", "sw", 10.0), noised("wrong", "sw", 14.0, "swap", 1)]
    entry = robust(save(tmp_path / "run", content(cells, suite=None)))["owner/base"]
    own = average(entry, "wrong")
    assert (own["average"]["drop"], own["average"]["relative_drop"], own["mce"]) == (4.0, None, None)
    assert average(entry)["average"] is None


def test_the_order_of_runs_does_not_matter(tmp_path):
    runs = [run(tmp_path / name, grid(level), model=name) for name, level in (("a", 70.0), ("b", 80.0))]
    assert json.dumps(robust(*runs)) == json.dumps(robust(*reversed(runs)))
