"""The JSON Schema of leaderboard.json, and the checks by hand, which agree with it."""

from __future__ import annotations

import copy
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.leaderboard.made import (
    SCHEMA,
    board,
    cell,
    content,
    every,
    save,
    whole,
)
from xharness import DataError, XHarnessError
from xharness_leaderboard import validation, writing


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
