"""leaderboard.json: what results.json says of one run, and never more than what was measured; always valid."""

from __future__ import annotations

import copy
import json
import re
import shlex

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.leaderboard.made import CODES, SUITES, TASKS, board, cell, content, draw, every, said, save
from xharness import BitextRetrieval, DataError, XHarnessError
from xharness.api import Request
from xharness_leaderboard import validation, writing
from xharness_leaderboard.board import build
from xharness_leaderboard.published import published
from xharness_leaderboard.records import read_all
from xharness_leaderboard.rerun import command
from xharness_leaderboard.tables import ranking

SCHEMA = json.loads(validation.SCHEMA.read_text("utf-8"))
SCORE = st.floats(0, 100)


def whole(level=50.0, **more):
    return [*every("nli", level, **more), *every("qa", level, **more)]


def of(found, model):
    [entry] = [entry for entry in found["entries"] if entry["model"]["reference"] == model]
    return entry


def conforms(found):
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    validation.validate(found)
    return found


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


def test_replicates_give_intervals_ranks_and_paired_differences(tmp_path):
    runs = [draw(tmp_path / name, content(whole(level), model=name)) for name, level in (("a", 60.0), ("b", 50.0))]
    runs.append(draw(tmp_path / "c", content(every("nli", 55.0), model="c")))
    found = conforms(board(*runs))
    best = of(found, "a")
    low, high = best["suites"]["both"]["ci95"]
    assert low < best["suites"]["both"]["value"] < high
    assert best["suites"]["both"]["rank95"] == [1, 1]
    assert best["cells"]["qa"]["en"]["ci95"] is not None
    lines = {(line["a"], line["b"]): line for line in found["comparisons"]["both"]}
    ids = {name: of(found, name)["id"] for name in "abc"}
    line = lines[ids["a"], ids["b"]]
    assert line["difference"] == pytest.approx(10)
    assert line["ci95"] == pytest.approx([10, 10], abs=1e-3)  # both have the same draws
    assert line["tasks"]["nli"]["p_holm"] >= line["tasks"]["nli"]["p"]
    line = lines[ids["b"], ids["c"]]
    assert [line["difference"], list(line["tasks"])] == [None, ["nli"]]
    assert line["tasks"]["nli"]["difference"] == pytest.approx(-5)


def test_a_copy_without_its_folder_hides_no_replicates(tmp_path):
    folder = draw(tmp_path / "run", content(whole()))
    alone = tmp_path / "alone.json"
    alone.write_bytes((folder / "results.json").read_bytes())
    [entry] = board(alone, folder)["entries"]
    assert entry["suites"]["both"]["ci95"] == board(folder)["entries"][0]["suites"]["both"]["ci95"]
    assert entry["suites"]["both"]["ci95"]


def test_models_on_other_examples_are_not_compared_in_pairs(tmp_path):
    runs = [draw(tmp_path / name, content(whole(data=name), model=name)) for name in "ab"]
    assert board(*runs)["comparisons"] == {"both": []}
    for name in "cde":
        what = content(whole(), model=name)
        for each in what["cells"]:
            each["data"] = each["data"] if name == "c" else {}  # unknown data is nobody's
            for metric in each["metrics"].values():
                metric["signature"] += "|other" if name == "c" else ""
        draw(tmp_path / name, what)
    same = draw(tmp_path / "f", content(whole(), model="f"))
    for one, other in ((tmp_path / "c", same), (tmp_path / "d", tmp_path / "e")):
        assert board(one, other)["comparisons"] == {"both": []}


def test_replicates_that_cannot_be_read_are_named_and_the_rest_is_built(tmp_path):
    run = draw(tmp_path / "a: run", content(whole()))
    (run / "replicates" / "nli" / "en.npy").write_bytes(b"no array")
    found = conforms(board(run))
    [entry] = found["entries"]
    assert entry["suites"]["both"]["ci95"] is None
    assert entry["cells"]["nli"]["en"]["value"] == 50.0
    assert entry["cells"]["nli"]["en"]["ci95"] == [47.0, 53.0]
    [line] = found["refused"]
    assert line["file"] == str(run / "replicates" / "nli" / "en.npy")
    assert line["reason"].startswith("not float32 replicates of shape (1, 1000): ")


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


def test_the_schema_is_one(tmp_path):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    found = board(save(tmp_path / "run", content(whole())))
    assert found["schema_version"].partition(".")[0] == SCHEMA["$id"].rpartition(":")[2].partition(".")[0]
    assert list(SCHEMA["properties"]) and {*SCHEMA["required"], "one_table"} == set(found)
    pattern = jsonschema.Draft202012Validator(SCHEMA)
    for key in SCHEMA["required"]:
        assert not pattern.is_valid({name: value for name, value in found.items() if name != key})


def test_reading_a_board_finds_what_is_wrong_with_it(tmp_path):
    found = board(save(tmp_path / "run", content(whole())))
    file = tmp_path / "leaderboard.json"
    file.write_text(writing.text_of(found), "utf-8")
    assert validation.read(file) == found
    found["entries"][0]["cells"]["nli"]["sw"]["value"] = "high"
    file.write_text(json.dumps(found), "utf-8")
    with pytest.raises(DataError, match=r"leaderboard.json: entries\[0\].cells.nli.sw.value: 'high' is not"):
        validation.read(file)
    file.write_text("{", "utf-8")
    with pytest.raises(DataError, match="line 1: not JSON"):
        validation.read(file)
    with pytest.raises(XHarnessError, match=r"not written, since it would be invalid: entries\[0\].cells"):
        validation.validate(found)


WAY = {"name": "loglikelihood", "version": 1, "prompt": 1}


def test_prompted_and_fine_tuned_scores_of_one_checkpoint_are_ranked_apart(tmp_path):
    runs = [content(whole(50.0)), content([*every("nli", 60.0, way=WAY), *every("qa", 60.0, way=WAY)])]
    runs = [save(tmp_path / f"{number}", run) for number, run in enumerate(runs)]
    found = conforms(board(*runs))
    entries = sorted(found["entries"], key=lambda entry: -entry["suites"]["both"]["value"])
    assert [entry["ways"] for entry in entries] == [dict.fromkeys(("nli", "qa"), WAY), {}]
    assert [entry["suites"]["both"]["rank"] for entry in entries] == [1, 1]
    assert [entry["approach"] for entry in entries] == ["prompted", "fine-tuned"]
    together = conforms(board(*runs, one_table=True))["entries"]
    assert [entry["suites"]["both"]["rank"] for entry in entries_by_value(together)] == [1, 2]
    assert [entry["id"] for entry in entries_by_value(together)] == [entry["id"] for entry in entries]
    assert (
        len({entry["model"]["fingerprint"] for entry in entries})
        == len({entry["recipe"]["name"] for entry in entries})
        == 1
    )


def entries_by_value(entries):
    return sorted(entries, key=lambda entry: -entry["suites"]["both"]["value"])


SEEN = {"trained_on": [["nli", "en", "train"]]}


@pytest.mark.parametrize(
    ("cells", "approach"),
    [
        (lambda: [*every("nli", **SEEN), *every("qa", **SEEN)], "fine-tuned"),
        (lambda: every("nli"), "fine-tuned"),  # the checkpoint has a head
        (lambda: [*every("nli", **SEEN), *every("pairs")], "fine-tuned"),
        (lambda: every("pairs"), "embedded"),
        (lambda: every("pairs", **SEEN), "fine-tuned"),  # a dual encoder
        (lambda: [*every("nli", way=WAY), *every("pairs")], "prompted"),
        (lambda: [*every("nli", way=WAY), *every("qa", **SEEN), *every("pairs")], "mixed"),
        (lambda: [*every("nli", way=WAY), cell("qa", "en", status="failed", **SEEN)], "prompted"),
        (lambda: [cell("nli", "en", status="failed", way=WAY)], "prompted"),
    ],
)
def test_the_approach_of_an_entry_is_that_of_its_scored_cells(tmp_path, monkeypatch, cells, approach):
    monkeypatch.setitem(TASKS, "pairs", BitextRetrieval(name="pairs", languages=("en", "sw")))
    runs, _ = read_all([save(tmp_path / "run", content(cells(), suite=None))])
    [entry] = conforms(build(runs, TASKS, {}))["entries"]
    assert entry["approach"] == approach


def test_approaches_are_compared_and_corrected_apart_unless_asked_for_one_table(tmp_path):
    runs = [
        draw(tmp_path / f"{number}", content(whole(level, **more), model=f"m{number}"), shift)
        for number, (level, more, shift) in enumerate(
            [(50.0, {}, 0.0), (52.0, {}, 1.0), (60.0, {"way": WAY}, 0.0), (61.0, {"way": WAY}, 1.0)]
        )
    ]
    apart, one = board(*runs), board(*runs, one_table=True)
    approach = {entry["id"]: entry["approach"] for entry in apart["entries"]}
    assert [(approach[pair["a"]], approach[pair["b"]]) for pair in conforms(apart)["comparisons"]["both"]] == [
        ("fine-tuned", "fine-tuned"),
        ("prompted", "prompted"),
    ]
    assert len(conforms(one)["comparisons"]["both"]) == 6
    assert {tuple(entry["suites"]["both"]["rank95"]) for entry in apart["entries"]} <= {(1, 1), (1, 2), (2, 2)}
    assert max(entry["suites"]["both"]["rank95"][1] for entry in one["entries"]) == 4


def test_tables_and_pages_name_approaches_that_rank_apart_and_those_that_do_not(tmp_path):
    runs = [content(whole(50.0), model="plain"), content(whole(60.0, way=WAY), model="asked")]
    runs = [save(tmp_path / f"{number}", run) for number, run in enumerate(runs)]
    first, second, counts = ranking(apart := board(*runs)).split("\n\n")
    assert [block.splitlines()[1].split()[:2] for block in (first, second)] == [["1", "plain"], ["1", "asked"]]
    assert "fine-tuned" in first and "prompted" in second and counts == "2 entries"
    page = writing.write(apart, tmp_path / "apart").read_text("utf-8")
    assert page.count('<tr class="approach">') == 2 and "One table" not in page and "own ranks" in page
    assert page.index("<strong>fine-tuned</strong>") < page.index(">plain<") < page.index("<strong>prompted</strong>")
    table, counts = ranking(one := board(*runs, one_table=True)).split("\n\n")
    assert [line.split()[:2] for line in table.splitlines()[1:]] == [["1", "asked"], ["2", "plain"]]
    assert counts == "2 entries, approaches are ranked together (--one-table)"
    page = writing.write(one, tmp_path / "one").read_text("utf-8")
    assert '<tr class="approach">' not in page and "<strong>One table.</strong>" in page
    assert '<span class="tag">prompted</span>' in page and "own ranks" not in page


def test_a_board_without_approaches_is_read_and_rendered(tmp_path):
    old = board(save(tmp_path / "run", content(whole())))
    del old["one_table"]
    for entry in old["entries"]:
        del entry["approach"]
    old["schema_version"] = "1.1"
    page = writing.write(old, tmp_path / "old").read_text("utf-8")
    assert validation.read(tmp_path / "old" / writing.BOARD) == old
    assert '<tr class="approach">' not in page and "One table" not in page
    assert "approach" not in ranking(old)


def test_a_way_is_in_the_ranking_of_the_command_line(tmp_path):
    from xharness_leaderboard.tables import ranking

    lines = ranking(board(save(tmp_path / "run", content(whole(way=WAY))))).splitlines()
    assert "zero-shot loglikelihood.1, prompt 1" in lines[1]


def test_cells_keep_codes_and_facts_of_caveats_once_and_the_grave_first(tmp_path):
    small, great = said("limited", "limited", limit=5), said("oracle", "oracle_selection", grave=True)
    cells = [cell("qa", "en", 50.0, 60.0, seed=seed, caveats=[small, great]) for seed in (1, 2)]
    [entry] = conforms(board(save(tmp_path / "run", content(cells, suite=None, seeds=(1, 2)))))["entries"]
    assert entry["cells"]["qa"]["en"]["caveats"] == [great, small]


def test_an_entry_says_what_its_checkpoints_were_trained_on(tmp_path):
    splits = [["mnli", "en", "train"], ["nli", "en", "train"]]
    cells = [*every("nli", trained_on=splits), *every("qa")]
    [entry] = conforms(board(save(tmp_path / "run", content(cells))))["entries"]
    assert entry["trained_on"] == {"nli": ["mnli", "nli"]}


JSON = (
    st.none()
    | st.booleans()
    | st.integers(-300, 300)
    | st.floats(allow_nan=False, allow_infinity=False)  # JSON has no others
    | st.sampled_from(["ok", "failed", "x"])
    | st.lists(st.floats(-300, 300) | st.text(max_size=2), max_size=3)
    | st.dictionaries(st.sampled_from(["en", "accuracy"]), st.floats(-300, 300) | st.none(), max_size=2)
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Return cells and averages of every sort, by the name of their definition."""
    cells = [*every("nli")[:-1], cell("nli", "zh", status="failed"), *every("qa", caveats=["odd"])]
    [entry] = board(save(tmp_path_factory.mktemp("parts") / "run", content(cells)))["entries"]
    shown = [each for cells in entry["cells"].values() for each in cells.values()]
    [ranked] = board(save(tmp_path_factory.mktemp("parts") / "run", content(whole())))["entries"]
    suites = [*entry["suites"].values(), *(each | {"rank95": [1, 2]} for each in ranked["suites"].values())]
    averages = {"task_average": list(entry["tasks"].values()), "suite_average": suites}
    noisy = ("clean", "noisy", "drop", "relative_drop", "coverage", "effective")
    scores = [dict.fromkeys(noisy, 1.5) | {"ci95": [0.5, 2.5], "relative_ci95": [-900.5, 2.5]}]
    scores.append(dict.fromkeys((*noisy, "ci95", "relative_ci95")) | {"clean": 50.0, "noisy": 20.0, "drop": 30.0})
    averages["noisy_score"] = scores
    return {"cell": shown, "cells": list(entry["cells"].values()), **averages}


@settings(deadline=None, max_examples=1500)
@given(st.data())
def test_the_checks_by_hand_agree_with_the_schema(parts, data):
    name = data.draw(st.sampled_from(sorted(parts)))
    value = copy.deepcopy(data.draw(st.sampled_from(parts[name])))
    for _ in range(data.draw(st.integers(0, 2))):
        parent, keys = value, data.draw(st.sampled_from(list(_places(value))))
        for key in keys[:-1]:
            parent = parent[key]
        if isinstance(parent, dict) and data.draw(st.booleans()):
            del parent[keys[-1]]
        else:
            parent[keys[-1]] = data.draw(JSON)
        if not value:
            break
    part = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{name}"}
    valid = jsonschema.Draft202012Validator(part).is_valid(value)
    if name == "cells":  # of these only the outside is checked; the cells are checked each
        valid = valid or (isinstance(value, dict) and bool(value))
    assert validation.FAST[name](value) is valid


def _places(value, path=()):
    if path:
        yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(each, (*path, key))


# The command that makes a run again


def test_the_command_is_what_the_command_line_reads():
    from xharness.cli import options
    from xharness.cli.main import _Parser

    request = Request(
        model="owner/base",
        suite="both",
        languages=("en", "sw"),
        families=("Bantu branch",),
        seen=False,
        params={"epochs": "3", "note": "it's"},
        source="local",
        data="-odd dir",
        seeds=(1, 2),
        limit=3,
        exact=True,
        plugins=("p.py",),
    )
    line = command(request.record(), "abc")
    words = shlex.split(line)
    assert words[:3] == ["xharness", "run", "owner/base@abc"]
    parser = _Parser(prog="x")
    options.add_request_options(parser)
    parser.add_argument("--plugin", action="append", dest="plugins")
    args = parser.parse_args(words[2:])
    assert args.model == "owner/base@abc"
    assert (args.languages, args.families, args.seen) == (["en", "sw"], ["Bantu branch"], False)
    assert (args.param, args.data, args.seeds, args.limit) == (["epochs=3", "note=it's"], "-odd dir", [1, 2], 3)
    assert (args.exact, args.plugins, args.suite, args.recipe) == (True, ["p.py"], "both", None)
