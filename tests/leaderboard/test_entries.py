"""Many runs become entries: copies are one, contradictions are reported, what is not alike stays apart."""

from __future__ import annotations

import copy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.leaderboard import made
from xharness_leaderboard.entries import merge, odd_cells, synthetic
from xharness_leaderboard.records import read_all


def merged(tmp_path, *contents):
    folders = [made.save(tmp_path / f"run{number}", what) for number, what in enumerate(contents)]
    runs, refused = read_all(folders)
    assert not refused
    return merge(runs)


def scores(entry):
    return {
        (*place, seed): next(iter(found.record["metrics"].values()))["value"] if found.record["metrics"] else None
        for place, seeds in entry.cells.items()
        for seed, found in seeds.items()
    }


def test_runs_of_one_model_and_recipe_are_one_entry(tmp_path):
    [entry], conflicts = merged(tmp_path, made.content(made.every("nli")), made.content(made.every("qa")))
    assert not conflicts
    assert len(entry.runs) == 2
    assert set(entry.cells) == {*(("nli", code) for code in made.CODES), ("qa", "en"), ("qa", "sw")}


def test_the_same_cell_twice_with_equal_scores_is_one(tmp_path):
    [entry], conflicts = merged(tmp_path, made.content(made.every("nli")), made.content(made.every("nli")))
    assert not conflicts
    assert scores(entry)["nli", "en", 1] == 50.0


def test_other_scores_are_a_conflict_that_no_date_resolves(tmp_path):
    runs = [made.content(made.every("nli", level), seconds=(level,)) for level in (50.0, 51.0, 50.0)]
    [entry], conflicts = merged(tmp_path, *runs)
    assert all(found.conflict for found in entry.cells["nli", "en"].values())
    assert len(conflicts) == len(made.CODES)
    line = next(line for line in conflicts if line["language"] == "en")
    assert (line["task"], line["seed"], line["metric"]) == ("nli", 1, "accuracy")
    assert sorted(line["values"]) == [50.0, 50.0, 51.0]
    assert [value for value, file in zip(line["values"], line["files"], strict=True) if "run1" in file] == [51.0]


def test_a_score_outweighs_a_failure(tmp_path):
    failed = [made.cell("nli", code, status="failed") for code in made.CODES]
    for runs in ([failed, made.every("nli")], [made.every("nli"), failed]):
        [entry], conflicts = merged(tmp_path, *(made.content(cells, seconds=(len(cells),)) for cells in runs))
        assert not conflicts
        assert scores(entry)["nli", "sw", 1] == 53.0


def test_seeds_are_gathered(tmp_path):
    runs = [made.content(made.every("nli", 50.0 + seed, seed=seed), seeds=[seed]) for seed in (1, 2)]
    [entry], conflicts = merged(tmp_path, *runs)
    assert not conflicts
    assert sorted(entry.cells["nli", "en"]) == [1, 2]


def test_other_models_recipes_and_types_are_other_entries(tmp_path):
    other_type = made.content(made.every("nli"))
    other_type["run"]["model"]["dtype"] = "bfloat16"
    entries, conflicts = merged(
        tmp_path,
        made.content(made.every("nli")),
        made.content(made.every("nli", 60), model="owner/large"),
        made.content(made.every("nli", 61, recipe="intermediate")),
        made.content([each | {"source": "hub"} for each in made.every("nli", 62)]),
        made.content([each | {"noise": {"name": "typos"}} for each in made.every("nli", 63)]),
        other_type,
    )
    assert (len(entries), len({entry.digest for entry in entries}), conflicts) == (6, 6, [])


def test_other_data_or_metrics_are_entries_apart(tmp_path):
    other_metric = made.every("nli", 52.0)
    other_metric[0]["metrics"]["accuracy"]["signature"] = "accuracy|v:2"
    entries, conflicts = merged(
        tmp_path,
        made.content(made.every("nli", 50.0)),
        made.content(made.every("nli", 51.0, data="newer")),
        made.content(other_metric),
        made.content(made.every("nli", 53.0, n=10)),
        made.content(made.every("qa")),
    )
    assert not conflicts
    assert len({entry.digest for entry in entries}) == len(entries)
    assert sorted(len(entry.cells) for entry in entries) == [2, 4, 4, 4, 4]  # the other task may be of any of them


def test_a_run_that_could_be_of_either_of_two_is_of_neither(tmp_path):
    def nli(code, data, at):
        return made.content([made.cell("nli", code, 50.0, data=data)], seconds=(at,))

    for number, at in enumerate((0, 2, 4)):  # before, between and after the others
        whole = made.content(made.every("nli")), made.content(made.every("nli", 60.0, data="newer"), seconds=(3,))
        entries, _ = merged(tmp_path / f"{number}", *whole, made.content(made.every("qa"), seconds=(at,)))
        assert sorted(len(entry.cells) for entry in entries) == [2, 4, 4]
    single = [nli("en", "d", 1), nli("sw", "d", 2), nli("en", "newer", 3)]
    entries, _ = merged(tmp_path / "both", *single, nli("sw", "newer", 4))
    assert [len(entry.cells) for entry in entries] == [1] * 4
    newer = made.content(made.every("nli", 60.0, data="newer"), seconds=(3,))
    entries, _ = merged(tmp_path / "parts", nli("en", "d", 1), nli("sw", "d", 2), newer)
    assert sorted(len(entry.cells) for entry in entries) == [2, 4]


def test_seeds_of_one_run_on_other_data_or_metrics_are_entries_apart(tmp_path):
    other_metric = made.cell("nli", "en", 70.0, seed=3)
    other_metric["metrics"] = {"f1": other_metric["metrics"]["accuracy"]}
    cells = [made.cell("nli", "en", 50.0), made.cell("nli", "en", 60.0, seed=2, data="newer"), other_metric]
    alike = made.cell("nli", "en", 80.0, seed=4)
    once, again = made.content([*cells, alike], seeds=(1, 2, 3, 4)), made.content([other_metric], seconds=(9,))
    entries, conflicts = merged(tmp_path, once, again)
    assert not conflicts
    assert sorted(sorted(entry.cells["nli", "en"]) for entry in entries) == [[1, 4], [2], [3]]


def test_an_entry_keeps_its_digest_when_others_come(tmp_path):
    ours = made.content(made.every("nli"))
    [alone], _ = merged(tmp_path, ours)
    among, _ = merged(tmp_path, made.content(made.every("nli"), model="a"), made.content(made.every("qa")), ours)
    assert alone.digest in {entry.digest for entry in among}


WAY = {"name": "loglikelihood", "version": 1, "prompt": 1}


def ways(entries):
    """Return the way of each task of entries, as a record has it."""
    return sorted((entry.asked for entry in entries), key=str)


def test_a_task_asked_in_several_ways_is_several_entries_though_signatures_are_equal(tmp_path):
    fine_tuned, prompted = made.content(made.every("nli", 60.0)), made.content(made.every("nli", way=WAY))
    other_prompt = made.content(made.every("nli", 55.0, way=WAY | {"prompt": 2}))
    entries, conflicts = merged(tmp_path, fine_tuned, prompted, other_prompt)
    assert not conflicts
    assert ways(entries) == [{"nli": WAY}, {"nli": WAY | {"prompt": 2}}, {}]
    assert len({entry.digest for entry in entries}) == 3
    assert len({entry.basis["nli", "en"] for entry in entries}) == 1
    assert odd_cells(entries) == [{}] * 3


def test_runs_of_a_task_in_other_languages_and_ways_are_not_one_entry(tmp_path):
    parts = [made.content([made.cell("nli", "en", 50.0)]), made.content([made.cell("nli", "sw", 50.0, way=WAY)])]
    entries, _ = merged(tmp_path, *parts)
    assert ways(entries) == [{"nli": WAY}, {}]
    apart, _ = merged(tmp_path / "one file", made.content([cell for part in parts for cell in part["cells"]]))
    assert ways(apart) == [{"nli": WAY}, {}]


def test_tasks_asked_in_their_own_ways_are_one_entry(tmp_path):
    prompted, native = made.content(made.every("nli", way=WAY)), made.content(made.every("qa"))
    [entry], _ = merged(tmp_path, prompted, native)
    assert entry.asked == {"nli": WAY}
    failed = made.content([made.cell("nli", "ar", status="failed")])
    [entry], _ = merged(tmp_path / "failed", prompted, native, failed)
    assert entry.cells["nli", "ar"]


def test_a_way_identifies_an_entry(tmp_path):
    digests = [
        merged(tmp_path / f"{prompt}", made.content(made.every("nli", way=WAY | {"prompt": prompt})))[0][0].digest
        for prompt in (1, 2, None)
    ]
    assert len(set(digests)) == 3


def test_metrics_are_odd_among_cells_asked_in_the_same_way(tmp_path):
    def signed(model, signature, **more):
        cell = made.cell("nli", "en", 50.0, **more)
        cell["metrics"]["accuracy"]["signature"] = signature
        return made.content([cell], model=model)

    asked = "accuracy|v:1|way:loglikelihood.1|prompt:nli.1"
    contents = [signed(model, "accuracy|v:1") for model in "abc"]
    entries, _ = merged(tmp_path, *contents, signed("d", asked, way=WAY))
    assert odd_cells(entries) == [{("nli", "en"): []}] * 4
    entries, _ = merged(tmp_path / "more", *contents, *(signed(model, asked, way=WAY) for model in "de"),
                        signed("f", "accuracy|v:2", way=WAY))  # fmt: skip
    odd = {entry.identity["reference"] for entry, flags in zip(entries, odd_cells(entries), strict=True)
           if flags["nli", "en"]}  # fmt: skip
    assert odd == {"f"}


def test_the_odd_ones_are_those_that_are_not_as_most(tmp_path):
    contents = [made.content(made.every("nli"), model=name) for name in "abc"]
    odd = made.content([made.cell("nli", "en", 50.0, data="newer"), made.cell("nli", "sw", 50.0)], model="d")
    odd["cells"][1]["metrics"]["accuracy"]["signature"] = "accuracy|v:2"
    entries, _ = merged(tmp_path, *contents, odd)
    found = {entry.identity["reference"]: flags for entry, flags in zip(entries, odd_cells(entries), strict=True)}
    assert found["d"] == {("nli", "en"): ["data differ"], ("nli", "sw"): ["metrics differ"]}
    assert not any(flags for name in "abc" for flags in found[name].values())


def test_of_two_that_differ_both_are_odd(tmp_path):
    entries, _ = merged(
        tmp_path,
        made.content([made.cell("nli", "en", 50.0)], model="a"),
        made.content([made.cell("nli", "en", 50.0, data="newer")], model="b"),
    )
    assert odd_cells(entries) == [{("nli", "en"): ["data differ"]}] * 2


def test_sources_name_data_in_their_own_ways(tmp_path):
    entries, _ = merged(
        tmp_path,
        made.content([made.cell("nli", "en", 50.0)], model="a"),
        made.content([made.cell("nli", "en", 50.0, data="hub", source="hub")], model="b"),
    )
    assert odd_cells(entries) == [{}, {}]


def test_runs_on_synthetic_data_say_so_or_are_known_by_their_source(tmp_path):
    contents = {
        "a": made.content(made.every("nli"), synthetic=True),
        "b": made.content(made.every("nli")),
        "c": made.content(made.every("nli", source="toys")),
    }
    runs, _ = read_all([made.save(tmp_path / name, content) for name, content in contents.items()])
    assert [synthetic(run) for run in runs] == [True, False, False]
    assert [synthetic(run, {"toys"}) for run in runs] == [True, False, True]


RUNS = [
    made.content(made.every("nli", 50.0)),
    made.content(made.every("nli", 51.0), seconds=(9,)),
    made.content(made.every("nli", 51.0, data="newer")),
    made.content(made.every("qa", 40.0, seed=2), seeds=[2]),
    made.content(made.every("qa", 40.0), model="owner/large"),
    made.content([made.cell("nli", "en", status="failed")]),
]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(RUNS))))
def test_the_order_of_runs_changes_nothing(tmp_path, order):
    folders = [made.save(tmp_path / f"run{number}", what) for number, what in enumerate(RUNS)]
    runs, _ = read_all(folders)
    expected = merge(runs)
    entries, conflicts = merge([runs[number] for number in order])
    assert conflicts == expected[1]
    assert [(entry.digest, scores(entry), entry.basis) for entry in entries] == [
        (entry.digest, scores(entry), entry.basis) for entry in expected[0]
    ]


def test_merging_changes_no_record(tmp_path):
    content = made.content(made.every("nli"))
    before = copy.deepcopy(content)
    merged(tmp_path, content, content)
    assert content == before
