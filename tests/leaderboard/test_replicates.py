"""Bootstrap replicates of runs: intervals, ranks with ties and paired differences of a board."""

from __future__ import annotations

import pytest

from tests.leaderboard.made import (
    board,
    conforms,
    content,
    draw,
    every,
    of,
    whole,
)


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
