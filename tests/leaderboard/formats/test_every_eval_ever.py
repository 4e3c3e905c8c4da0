"""Records of Every Eval Ever: valid by their own schema, which lies beside with its licence, and at their place."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path, PurePosixPath

import jsonschema
import pytest

from tests.leaderboard.formats.conftest import COMMIT, everything, on_hub
from tests.leaderboard.made import cell, content
from xharness_leaderboard.formats.every_eval_ever import SCHEMA_VERSION

SCHEMA = json.loads((Path(__file__).parent / "every_eval_ever/eval.schema.json").read_text("utf-8"))


def record_of(export):
    """Return the only record, once it is valid, and where it lies."""
    ((place, text),) = export.files.items()
    record = json.loads(text, parse_constant=pytest.fail)
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(record)
    return record, PurePosixPath(place)


def scores_of(record):
    return {each["evaluation_result_id"]: each for each in record["evaluation_results"]}


def test_a_record_has_the_numbers_of_the_run(publish):
    cells = everything()
    record, _ = record_of(publish("every-eval-ever", cells, drawn=True))
    assert record["schema_version"] == SCHEMA_VERSION == SCHEMA["version"]
    found = scores_of(record)
    assert len(found) == sum(len(each["metrics"]) for each in cells)
    for each in cells:
        for name, metric in each["metrics"].items():
            details = found[f"{each['task']}/{each['language']}/{name}"]["score_details"]
            assert repr(details["score"]) == repr(metric["value"])
            interval = details["uncertainty"]["confidence_interval"]
            assert [interval["lower"], interval["upper"], interval["confidence_level"]] == [*metric["ci95"], 0.95]
            assert details["uncertainty"]["num_samples"] == each["n"]


def test_it_lies_where_their_repository_has_it_and_a_run_has_one_place(publish):
    cells = everything()
    record, place = record_of(publish("every-eval-ever", cells))
    assert place.parts[:-1] == ("data", "both", "local", "base")
    assert uuid.UUID(place.stem).version == 4
    assert re.fullmatch(r"both/base/\d+", record["evaluation_id"])
    assert record_of(publish("every-eval-ever", cells))[1] == place
    cells[0]["metrics"]["accuracy"]["value"] += 1
    assert record_of(publish("every-eval-ever", cells))[1] != place


def test_a_model_and_a_dataset_of_the_hub_are_named(publish, monkeypatch):
    def with_revision(*args, **more):
        made = content(*args, **more)
        made["run"]["model"]["revision"] = COMMIT
        return made

    monkeypatch.setattr("tests.leaderboard.made.content", with_revision)
    made = publish("every-eval-ever", [on_hub(cell("nli", "sw", 50.0))])
    record, place = record_of(made)
    assert (record["model_info"]["id"], place.parts[2:4]) == ("owner/base", ("owner", "base"))
    source = record["evaluation_results"][0]["source_data"]
    assert (source["source_type"], source["hf_repo"], source["samples_number"]) == ("hf_dataset", "owner/nli", 100)
    assert (source["additional_details"]["revision"], source["additional_details"]["config"]) == (COMMIT, "sw")
    assert len(made.remarks) == 1


def test_what_cannot_be_known_is_said_to_be_filled_in(publish):
    made = publish("every-eval-ever", [cell("nli", "sw", 50.0)], model="/home/me/my model")
    record, place = record_of(made)
    assert (record["model_info"]["id"], place.parts[3]) == ("my-model", "my-model")
    assert "source_organization_name" in made.remarks[0]
    assert "replace it by the model's hub id" in made.remarks[1]


def test_errors_are_better_when_low(publish, monkeypatch):
    monkeypatch.setattr("tests.leaderboard.formats.conftest.Declared.get", _low)
    (found,) = scores_of(record_of(publish("every-eval-ever", [cell("wrong", "en", 5.0)], suite="errors"))[0]).values()
    assert found["metric_config"]["lower_is_better"] is True


def _low(self, group, name):
    class Error:
        higher_is_better = False

    return Error


def test_seeds_and_caveats_stand_with_the_score(publish):
    cells = [cell("nli", "sw", score, seed=seed, caveats=["odd"]) for seed, score in ((1, 10.0), (2, 20.0))]
    (found,) = scores_of(record_of(publish("every-eval-ever", cells))[0]).values()
    details = found["score_details"]
    assert details["score"] == 15.0
    assert json.loads(details["details"]["seeds"]) == {"1": 10.0, "2": 20.0}
    assert json.loads(details["details"]["caveats"]) == ["odd"]
    assert "confidence_interval" not in details["uncertainty"]


@pytest.mark.parametrize("model", ["x/..", "../../etc", "C:\\a\\b", "a/<b>", ".", "/", "x/ü n"])
def test_no_name_leads_astray(publish, model):
    _, place = record_of(publish("every-eval-ever", [cell("nli", "sw", 50.0)], model=model))
    assert len(place.parts) == 5
    assert all(re.fullmatch(r"[\w.+-]+", part) and part not in (".", "..") for part in place.parts)
