"""Files for `.eval_results`: of official scores on datasets of the hub alone, read back by the hub's own library."""

from __future__ import annotations

import pytest
import yaml
from huggingface_hub import eval_result_entries_to_yaml, parse_eval_result_entries

from tests.leaderboard.formats.conftest import COMMIT, everything, on_hub
from tests.leaderboard.made import cell
from xharness import BadRequest


def rows_of(export):
    return {name: yaml.safe_load(content) for name, content in export.files.items()}


def test_the_hub_reads_back_the_numbers_of_the_run(publish):
    cells = [on_hub(each) for each in everything()]
    files = rows_of(publish("eval-results", cells))
    assert sorted(files) == [".eval_results/xharness-nli.yaml", ".eval_results/xharness-qa.yaml"]
    for rows in files.values():
        assert eval_result_entries_to_yaml(parse_eval_result_entries(rows)) == rows
    entries = {(e.dataset_id, e.task_id): e for rows in files.values() for e in parse_eval_result_entries(rows)}
    assert len(entries) == len(cells)
    for each in cells:
        entry = entries[f"owner/{each['task']}", each["language"]]
        values = [metric["value"] for metric in each["metrics"].values()]
        assert repr(entry.value) == repr(sum(values) / len(values))
        assert entry.dataset_revision == COMMIT
    note = entries["owner/nli", "sw"].notes
    assert note.startswith(
        "accuracy from 0 to 100 in Swahili (sw), 95 % interval 33.33 to 39.33; recipe zero-shot, seed 1;"
    )
    assert "mean of " in entries["owner/qa", "sw"].notes


def test_a_dataset_without_configs_has_the_default_task(publish):
    (rows,) = rows_of(publish("eval-results", [on_hub(cell("nli", "sw", 5.0), config="")])).values()
    assert rows[0]["dataset"] == {"id": "owner/nli", "task_id": "default", "revision": COMMIT}


def test_what_no_benchmark_could_take_is_left_out_with_its_reason(publish):
    made = publish(
        "eval-results",
        [
            on_hub(cell("nli", "en", 50.0)),
            on_hub(cell("nli", "sw", 50.0, caveats=["limited to the first 5 examples"])),
            on_hub(cell("nli", "yo", status="failed")),
            *(on_hub(cell("qa", code, 1.0, 2.0), config="all") for code in ("en", "sw")),
            cell("nli", "zh", 50.0) | {"source": "hub", "data": {"examples": f"hub:{'0' * 32}:nli:zh:test:abcd0123"}},
        ],
    )
    (rows,) = rows_of(made).values()
    assert [row["dataset"]["task_id"] for row in rows] == ["en"]
    assert made.missing == (
        "nli yo: failed: StageError: broken",
        "nli sw: not the official measurement: limited to the first 5 examples",
        "nli zh: the data are from source 'hub', not from a dataset of the hub",
        "qa en, sw: owner/qa has no config per language, so the scores could not be distinguished",
    )
    assert "registered benchmark" in made.remarks[0]


def test_files_on_disk_are_no_dataset_of_the_hub(publish):
    with pytest.raises(BadRequest, match=r"exported as eval-results: nli sw: the data are from source 'local'"):
        publish("eval-results", [cell("nli", "sw", 50.0)])
