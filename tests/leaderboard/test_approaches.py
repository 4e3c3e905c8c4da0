"""Prompted, fine-tuned and embedded scores rank apart; entries say how and on what they were trained."""

from __future__ import annotations

import pytest

from tests.leaderboard.made import (
    TASKS,
    board,
    cell,
    conforms,
    content,
    draw,
    every,
    said,
    save,
    whole,
)
from xharness import BitextRetrieval
from xharness_leaderboard import validation, writing
from xharness_leaderboard.board import build
from xharness_leaderboard.records import read_all
from xharness_leaderboard.tables import ranking

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
