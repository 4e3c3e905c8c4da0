"""leaderboard.json: what results.json says of one run, and never more than what was measured; always valid."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.leaderboard.made import (
    CODES,
    SUITES,
    TASKS,
    board,
    cell,
    conforms,
    content,
    every,
    of,
    save,
    whole,
)
from xharness import XHarnessError
from xharness_leaderboard import validation, writing
from xharness_leaderboard.board import build
from xharness_leaderboard.published import published
from xharness_leaderboard.records import read_all
from xharness_leaderboard.tables import ranking

SCORE = st.floats(0, 100)


# One run


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SCORE, min_size=16, max_size=16))
def test_the_board_says_of_one_run_what_its_results_say(tmp_path, scores):
    rest = iter(scores)
    cells = [cell("nli", code, next(rest), seed=seed) for seed in (1, 2) for code in CODES]
    cells += [cell("qa", code, next(rest), next(rest), seed=seed) for seed in (1, 2) for code in ("en", "sw")]
    what = content(cells, seeds=(1, 2))
    found = conforms(board(save(tmp_path / "run", what)))
    [entry] = found["entries"]
    for name, task in what["tasks"].items():
        ours = entry["tasks"][name]
        assert ours["value"] == pytest.approx(task["value"])
        assert ours["metrics"] == pytest.approx(task["averages"])
        assert ours["transfer_gap"] == pytest.approx(task["transfer_gap"]["value"], abs=1e-9)
        for key in ("by_family", "by_script"):
            assert ours[key] == pytest.approx(task[key])
        assert [ours["complete"], ours["missing"]] == [task["complete"], task["missing"]]
    suite, ours = what["suites"]["both"], entry["suites"]["both"]
    for key in ("value", "category_mean"):
        assert ours[key] == pytest.approx(suite[key])
    assert {name: group["value"] for name, group in ours["groups"].items()} == pytest.approx(
        {name: group["value"] for name, group in suite["groups"].items()}
    )
    assert [ours["complete"], ours["missing"]] == [suite["complete"], suite["missing"]]
    assert entry["seeds"] == [1, 2]


def test_what_is_missing_is_never_averaged_over(tmp_path):
    cells = [*every("nli")[:-1], cell("nli", "zh", status="failed"), *every("qa")[:1]]
    what = content(cells)
    [entry] = conforms(board(save(tmp_path / "run", what)))["entries"]
    assert [entry["tasks"][name]["value"] for name in ("nli", "qa")] == [None, None]
    assert [entry["tasks"][name]["missing"] for name in ("nli", "qa")] == [["zh"], ["sw"]]
    assert entry["cells"]["nli"]["zh"]["reason"] == "StageError: broken"
    assert "sw" not in entry["cells"]["qa"]
    suite = entry["suites"]["both"]
    assert [suite[key] for key in ("value", "rank", "complete", "missing")] == [None, None, False, ["nli", "qa"]]
    assert entry["completeness"] == 4 / 6
    assert entry["tasks"]["nli"]["worst"] == ["en", "sw", "yo"]


def test_seeds_are_averaged_with_their_spread_and_one_that_failed_is_missing(tmp_path):
    runs = [save(tmp_path / f"seed{seed}", content(whole(50.0 + seed, seed=seed), seeds=[seed])) for seed in (1, 3)]
    [entry] = conforms(board(*runs))["entries"]
    assert entry["tasks"]["nli"]["value"] == pytest.approx(52 + 4.5)
    assert entry["tasks"]["nli"]["spread"] == pytest.approx(2**0.5)
    assert entry["cells"]["nli"]["en"]["seeds"] == {"1": 51.0, "3": 53.0}
    failed = save(tmp_path / "seed4", content([cell("nli", "en", seed=4, status="failed")], seeds=[4]))
    [entry] = conforms(board(*runs, failed))["entries"]
    assert entry["cells"]["nli"]["en"]["reason"] == "seed 4: StageError: broken"
    assert entry["cells"]["nli"]["sw"]["reason"] == "seed 4: not run"
    assert [entry["tasks"]["nli"]["value"], entry["flags"]] == [None, ["tasks have different seeds"]]


def test_a_record_without_a_headline_metric_has_no_value(tmp_path):
    what = content(whole())
    del next(each for each in what["cells"] if each["task"] == "qa")["metrics"]["f1"]
    [entry] = conforms(board(save(tmp_path / "run", what)))["entries"]
    assert entry["cells"]["qa"]["en"]["status"] == "failed"
    assert entry["cells"]["qa"]["en"]["reason"] == "the record has no metric f1"


# Many runs


def test_ranks_and_what_has_none(tmp_path):
    runs = {"low": whole(40.0), "high": whole(60.0), "part": every("nli", 90.0)}
    found = conforms(board(*(save(tmp_path / name, content(cells, model=name)) for name, cells in runs.items())))
    ranks = {name: of(found, name)["suites"]["both"]["rank"] for name in runs}
    assert ranks == {"high": 1, "low": 2, "part": None}
    assert found["comparisons"] == {"both": []}  # nothing to be sure of without replicates


def test_errors_are_ranked_downward_and_their_worst_are_the_highest(tmp_path):
    runs = [
        save(tmp_path / name, content(every("wrong", level), name, "errors")) for name, level in (("a", 9), ("b", 3))
    ]
    found = conforms(board(*runs))
    assert found["suites"]["errors"]["higher_is_better"] is False
    assert [of(found, name)["suites"]["errors"]["rank"] for name in "ab"] == [2, 1]
    assert of(found, "a")["tasks"]["wrong"]["worst"] == ["sw", "en"]


def test_noise_is_not_ranked(tmp_path):
    noisy = [each | {"noise": {"name": "typos"}} for each in whole(90.0)]
    runs = [save(tmp_path / "noisy", content(noisy)), save(tmp_path / "clean", content(whole()))]
    found = conforms(board(*runs))
    assert {str(entry["noise"]): entry["suites"]["both"]["rank"] for entry in found["entries"]} == {
        "None": 1,
        "{'name': 'typos'}": None,
    }


def test_single_tasks_complete_a_suite_that_none_asked_for(tmp_path):
    runs = [save(tmp_path / task, content(every(task), suite=None)) for task in ("nli", "qa")]
    assert board(runs[0])["suites"] == {}
    found = conforms(board(*runs))
    assert list(found["suites"]) == ["both"]
    assert found["entries"][0]["suites"]["both"]["rank"] == 1
    assert found["tasks"]["nli"]["languages"] == list(CODES)


def test_a_conflict_has_no_value(tmp_path):
    runs = [save(tmp_path / str(level), content(whole(level))) for level in (50.0, 51.0)]
    found = conforms(board(*runs))
    [entry] = found["entries"]
    assert entry["tasks"]["nli"]["value"] is None
    assert entry["cells"]["nli"]["en"]["flags"] == ["conflict"]
    assert entry["flags"] == ["conflict: 6 of 6 cells"]
    assert {line["entry"] for line in found["conflicts"]} == {entry["id"]}
    assert len(found["conflicts"]) == 4 + 2 * 2


def test_synthetic_data_stand_alone(tmp_path):
    toy = content(whole(80.0), model="toy", synthetic=True)
    real, toys = save(tmp_path / "real", content(whole())), save(tmp_path / "toy", toy)
    assert conforms(board(toys))["synthetic"] is True
    found = conforms(board(real, toys))
    assert found["synthetic"] is False
    assert [entry["model"]["reference"] for entry in found["entries"]] == ["owner/base"]
    [line] = found["refused"]
    assert line["file"] == str(toys / "results.json")
    assert "synthetic" in line["reason"]
    silent = save(tmp_path / "silent", content(whole(80.0, source="toys"), model="toy"))
    assert board(silent, toys={"toys"})["synthetic"] is True
    found = board(real, silent, toys={"toys"})
    assert [each["file"] for each in found["refused"]] == [str(silent / "results.json")]


def test_unknown_tasks_and_languages_are_left_out_and_named(tmp_path):
    what = content([*whole(), cell("nli", "tlh", 99.0)])
    what["tasks"]["other"] = {"metric": "accuracy"}
    what["cells"].append(cell("other", "en", 99.0))
    found = conforms(board(save(tmp_path / "run", what)))
    assert sorted(found["entries"][0]["cells"]) == ["nli", "qa"]
    assert sorted(found["entries"][0]["cells"]["nli"]) == sorted(CODES)
    assert [line["reason"] for line in found["refused"]] == [
        "omitted cells: nli tlh: not languages of these tasks",
        "omitted unknown tasks: other; load their plugin with --plugin",
    ]


def test_a_run_of_an_unknown_plugin_names_it_and_how_to_load_it(tmp_path):
    what = content(whole())
    what["tasks"]["other"] = {"metric": "accuracy"}
    what["cells"].append(cell("other", "en", 99.0))
    plain = {"version": None, "error": None}
    built_in = {"name": "xharness.tasks", "distribution": "xharness", "version": "1.0", "error": None}
    what["run"]["plugins"] = [built_in, plain | {"name": "my tasks.py", "distribution": "my tasks"}]

    def reason():
        [line] = conforms(board(save(tmp_path / "run", what)))["refused"]
        return line["reason"]

    assert reason() == (
        "omitted unknown tasks: other; the run was made with the plugin 'my tasks.py': "
        "build again with --plugin 'my tasks.py'"
    )
    what["run"]["plugins"] += [built_in | {"name": "sib.tasks", "distribution": "sib", "version": "2.1"}]
    assert reason() == (
        "omitted unknown tasks: other; the run was made with the plugins 'my tasks.py', 'sib.tasks': "
        "install sib 2.1, then build again with --plugin 'my tasks.py'"
    )
    what["run"]["plugins"] = [plain | {"name": "broken", "distribution": "broken", "error": "ImportError"}]
    assert reason() == "omitted unknown tasks: other; load their plugin with --plugin"


def test_tasks_in_no_suite_have_a_table_of_their_own(tmp_path):
    outside = [cell("wrong", code, level) for code, level in (("en", 12.5), ("sw", 13.5))]
    runs = [
        save(tmp_path / name, content(cells, model=name, suite=suite))
        for name, cells, suite in (
            ("inside", whole(), "both"),
            ("outside", outside, None),
            ("half", outside[:1], None),
        )
    ]
    read, _ = read_all(runs)
    found = conforms(build(read, TASKS, {"both": SUITES["both"]}, errors={"wrong"}))
    first, second, counts = ranking(found).split("\n\n")
    assert [line.split()[1] for line in first.splitlines()[1:]] == ["inside"]
    head, *rows = [line.split() for line in second.splitlines()]
    assert head == ["rank", "model", "recipe", "wrong"]
    assert {row[1]: row[-1] for row in rows[:2]} == {"outside": "13.0", "half": "-"}
    assert second.splitlines()[-1] == "no average: half, zero-shot: wrong: missing sw"
    assert counts == "3 entries"
    page = writing.write(found, tmp_path / "board").read_text("utf-8")
    assert 'data-suite="tasks in no suite"' in page
    table = page.partition("<caption>Tasks in no suite")[2].partition("</table>")[0]
    assert 'data-key="task:wrong" data-v="13"' in table


def test_runs_of_an_entry_are_listed_once_with_how_to_make_them(tmp_path):
    what = content(whole(), data="my data", seeds=(1, 2), limit=5)
    runs = [save(tmp_path / name, what) for name in ("one", "copy")]
    [entry] = conforms(board(*runs))["entries"]
    [run] = entry["runs"]
    assert run["seconds"] == entry["seconds"] == 3.5
    line = "xharness run owner/base --suite both --source local --data 'my data' --seed 1 --seed 2 --limit 5"
    assert run["command"] == line


def test_a_run_from_the_store_took_no_time_that_is_known(tmp_path):
    [entry] = conforms(board(save(tmp_path / "run", content(whole(), seconds=()))))["entries"]
    assert entry["seconds"] is None


# Replicates


# Bytes, names and validity

SEVERAL = [
    content(whole(50.0)),
    content(whole(51.0), seconds=(9,)),
    content(whole(52.0, data="newer")),
    content(every("nli", 55.0), model="<script>alert(1)</script>"),
    content(whole(60.0), model="/srv/models/../モデル"),
    content(whole(61.0, recipe="intermediate"), model="..."),
]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(SEVERAL))))
def test_the_same_runs_in_any_order_give_the_same_bytes(tmp_path, order):
    folders = [save(tmp_path / f"run{number}", what) for number, what in enumerate(SEVERAL)]
    expected = writing.text_of(board(*folders))
    assert writing.text_of(board(*(folders[number] for number in order))) == expected
    assert json.loads(expected) == conforms(board(*folders))


def test_ids_are_safe_names_of_files(tmp_path):
    found = board(*(save(tmp_path / str(number), what) for number, what in enumerate(SEVERAL)))
    ids = [entry["id"] for entry in found["entries"]]
    assert len(set(ids)) == len(ids) == 5
    assert all(re.fullmatch(r"[a-z0-9-]+", each) for each in ids)
    assert any(re.fullmatch(r"script-zero-shot-[0-9a-f]{8}", each) for each in ids)


def test_published_scores_stand_beside_and_are_never_ranked(tmp_path):
    run = save(tmp_path / "run", content(whole()))
    facts = published().content()
    found = conforms(board(run, published=facts))
    assert len(found["published"]) == len(facts["published"]) > 100
    assert {key: value for key, value in found.items() if key not in facts} == {
        key: value for key, value in board(run).items() if key not in facts
    }
    for value, shown in (("high", "'high'"), (float("nan"), "nan")):
        found["published"][0] = found["published"][0] | {"value": value}
        with pytest.raises(XHarnessError, match=rf"published\[0\].value: {shown} is not"):
            validation.validate(found)
