"""Bad and hostile results files are refused, with the wrong field named; nothing else is raised, whatever they hold."""

from __future__ import annotations

import copy
import json
import pickle
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.leaderboard import made
from xharness import BadRequest, DataError
from xharness_leaderboard import checks, records, validation
from xharness_leaderboard.records import read, read_all

GOOD = made.content([*made.every("nli"), *made.every("qa")])
WAY = {"name": "loglikelihood", "version": 1, "prompt": 1}
ON_INPUTS = {"data": {"examples": "a", "inputs": "made:b"}, "caveats": [made.said("odd", n=1), made.said("few")]}
FULL = made.content([made.cell("qa", "sw", 50.0, 60.0, **ON_INPUTS, inputs={"gold": "inputs"})], suite=None)


def _old():
    """Return a file of schema 1.0: its caveats are texts, and they say what was predicted on."""
    content = made.content([made.cell("qa", "sw", 50.0, 60.0, **ON_INPUTS)], suite=None)
    said = ["made-up examples of source 'x': no measure of a model", "predicted, and scored against its answers"]
    content["cells"][0]["caveats"] = said
    del content["cells"][0]["inputs"], content["run"]["synthetic"]
    return content | {"schema_version": "1.0"}


OLD = _old()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def at(content, path, value):
    """Return a copy with a value put at a path of keys."""
    changed = copy.deepcopy(content)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return changed


def refusal(folder):
    with pytest.raises(DataError) as caught:
        read(folder)
    text = str(caught.value)
    assert text.startswith(f"{folder / 'results.json'}: ")
    assert "\n" not in text
    assert len(text) < 600
    return text.removeprefix(f"{folder / 'results.json'}: ")


def test_a_folder_and_its_file_are_the_same_run(folder):
    made.save(folder, GOOD)
    assert read(folder) == read(folder / "results.json")
    runs, refused = read_all([folder, folder / "results.json", folder / "." / "results.json"])
    assert [len(runs), refused] == [1, []]
    assert runs[0].content == GOOD


def test_no_run(tmp_path):
    with pytest.raises(BadRequest, match="no results"):
        read(tmp_path)
    with pytest.raises(BadRequest, match="no results"):
        read_all([tmp_path / "nowhere"])


CELL = ("cells", 0)
ACCURACY = (*CELL, "metrics", "accuracy")
CAVEAT = made.said("split dev instead of test", "other_split", split="dev")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("schema_version",), "2.0", 'schema_version: is "2.0"; this version of xharness reads 1.x'),
        (("schema_version",), 1, "schema_version: must be a text, is 1"),
        (("run",), [], "run: must be an object, is []"),
        (("run", "model", "parameters"), "many", "run.model.parameters: must be a whole number"),
        (("run", "model", "parameters"), -1, "run.model.parameters: must be from 0 to 2**53, is -1"),
        (("run", "model", "reference"), None, "run.model.reference: must be a text"),
        (("run", "model", "reference"), "a\x00b", "run.model.reference: contains the character U+0000"),
        (("run", "model", "reference"), "a\u202eb", "run.model.reference: contains the character U+202E"),
        (("run", "request", "model"), "--plugin=evil.py", "run.request.model: must not start with '-' like an option"),
        (("run", "request", "data"), [[[[[[[[[[[]]]]]]]]]]], "is nested deeper than 10 levels"),
        (("run", "request", "limit"), 1e300, "run.request.limit: 1e+300 is too large or not a finite number"),
        (("run", "timing", 0, "seconds"), -1, "run.timing[0].seconds: must be a time in seconds, is -1"),
        (("tasks", "nli", "metric"), "../x", "tasks.nli.metric: must be a name"),
        (("cells",), {}, "cells: must be a list"),
        (CELL, 3, "cells[0]: must be an object"),
        ((*CELL, "task"), "../../etc", "cells[0].task: must be a name"),
        ((*CELL, "task"), "other", "cells[0].task: 'other' is not in `tasks` of the file"),
        ((*CELL, "language"), "sw/../..", "cells[0].language: must be a name"),
        ((*CELL, "language"), "x" * 101, "cells[0].language: must be a name"),
        ((*CELL, "split"), "everything", "cells[0].split: must be one of train, dev, test"),
        ((*CELL, "status"), "fine", "cells[0].status: must be one of ok, failed, skipped, not_run"),
        ((*CELL, "status"), "failed", "cells[0].metrics: must be an object, with scores if and only if"),
        ((*CELL, "seed"), True, "cells[0].seed: must be a whole number"),
        ((*CELL, "n"), 1.5, "cells[0].n: must be a whole number"),
        ((*CELL, "recipe", "name"), "<b>", "cells[0].recipe.name: must be a name"),
        ((*CELL, "recipe", "params"), None, "cells[0].recipe.params: must be an object"),
        ((*CELL, "predictions"), "../predictions/x", "cells[0].predictions: must be a path below predictions/"),
        ((*CELL, "predictions"), "predictions/../../x", "cells[0].predictions: must be a path below predictions/"),
        ((*CELL, "predictions"), "/etc/passwd", "cells[0].predictions: must be a path below predictions/"),
        ((*CELL, "predictions"), "predictions//etc", "cells[0].predictions: must be a path below predictions/"),
        ((*CELL, "predictions"), "predictions\\..\\x", "cells[0].predictions: must be a path below predictions/"),
        ((*CELL, "predictions"), None, "cells[0].predictions: must be a path below predictions/"),
        ((*CELL, "replicates"), "replicates/../x.npy", "cells[0].replicates: must be a path below replicates/"),
        (("run", "synthetic"), "no", 'run.synthetic: must be true or false, is "no"'),
        ((*CELL, "caveats"), [CAVEAT] * 21, "cells[0].caveats: must be a list of at most 20 caveats"),
        ((*CELL, "caveats"), ["x"], "cells[0].caveats[0]: must be an object"),
        ((*CELL, "caveats"), [{"code": "x"}], "cells[0].caveats[0].grave: is missing"),
        ((*CELL, "caveats"), [CAVEAT | {"code": "<b>"}], "cells[0].caveats[0].code: must be a name"),
        ((*CELL, "caveats"), [CAVEAT | {"grave": 1}], "cells[0].caveats[0].grave: must be true or false"),
        ((*CELL, "caveats"), [CAVEAT | {"text": "a\x00"}], "cells[0].caveats[0].text: contains the character U+0000"),
        ((*CELL, "caveats"), [CAVEAT | {"facts": 7}], "cells[0].caveats[0].facts: must be an object"),
        ((*CELL, "caveats"), [CAVEAT | {"facts": {"n": 1e99}}], "facts.n: 1e+99 is too large"),
        ((*CELL, "data"), {"examples": 7}, "cells[0].data.examples: must be a text"),
        ((*CELL, "data"), {"inputs": 7}, "cells[0].data.inputs: must be a text"),
        ((*CELL, "inputs"), 7, "cells[0].inputs: must be an object"),
        ((*CELL, "inputs"), {}, "cells[0].inputs.gold: is missing"),
        ((*CELL, "inputs"), {"gold": "mine"}, 'cells[0].inputs.gold: must be examples, inputs or null, is "mine"'),
        ((*CELL, "inputs"), {"gold": "inputs"}, "cells[0].data.inputs: is missing"),
        ((*CELL, "way"), "loglikelihood", "cells[0].way: must be an object"),
        ((*CELL, "way"), {"name": "<b>"}, "cells[0].way.name: must be a name"),
        ((*CELL, "way"), WAY | {"version": True}, "cells[0].way.version: must be a whole number"),
        ((*CELL, "way"), WAY | {"prompt": "1"}, "cells[0].way.prompt: must be a whole number"),
        ((*CELL, "trained_on"), "nli", "cells[0].trained_on: must be a list of [task, language, split]"),
        ((*CELL, "trained_on"), [["nli", "en", 1]], "cells[0].trained_on: must be a list of [task, language, split]"),
        ((*CELL, "reason"), "\ud800", "cells[0].reason: contains the character U+D800"),
        ((*CELL, "metrics"), {"../x": {}}, "cells[0].metrics, a key: must be a name"),
        (ACCURACY, {"value": 1}, "cells[0].metrics.accuracy: must be an object with value, ci95 and signature"),
        ((*ACCURACY, "value"), "high", "cells[0].metrics.accuracy.value: must be a number from 0 to 100"),
        ((*ACCURACY, "value"), True, "cells[0].metrics.accuracy.value: must be a number from 0 to 100"),
        ((*ACCURACY, "value"), 1e9, "cells[0].metrics.accuracy.value: must be a number from 0 to 100"),
        ((*ACCURACY, "ci95"), [1], "cells[0].metrics.accuracy.ci95: must be two numbers or null"),
        ((*ACCURACY, "ci95"), [1, 1e9], "cells[0].metrics.accuracy.ci95: must be a number from 0 to 100"),
        ((*ACCURACY, "signature"), "x" * 10_001, "has 10,001 characters, the maximum is 10,000"),
        (("cells", 1), GOOD["cells"][0], "cells[1]: duplicate cell nli en with seed 1"),
        (("suites",), {"a/b": {}}, "suites, a key: must be a name"),
        (("run", "plan"), [{"params": {"note": "x" * 20_000}}], "run.plan[0].params.note: has 20,000 characters"),
    ],
)
def test_a_wrong_field_is_named(folder, path, value, said):
    made.save(folder, at(GOOD, path, value))
    assert said in refusal(folder)


def test_caveats_of_schema_1_0_are_texts(folder):
    old = at(OLD, ("cells", 0, "caveats"), [CAVEAT])
    made.save(folder, old)
    assert refusal(folder) == f"cells[0].caveats[0]: must be a text, is {json.dumps(CAVEAT)[:57]}..."


@pytest.mark.parametrize(
    "path", [("schema_version",), ("run", "model", "dtype"), ("run", "synthetic"), (*CELL, "n"), (*CELL, "data")]
)
def test_a_missing_field_is_named(folder, path):
    changed = at(GOOD, path, None)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    made.save(folder, changed)
    name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
    assert refusal(folder) == f"{name}: is missing"


TEXT = json.dumps(GOOD)
SCORE = '"value": 50.0'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: not JSON"),
        (TEXT[: len(TEXT) // 2], "line 1: not JSON"),
        (TEXT.replace(SCORE, '"value": NaN'), "contains NaN, which is not valid JSON"),
        (TEXT.replace(SCORE, '"value": -Infinity'), "contains -Infinity, which is not valid JSON"),
        (TEXT.replace(SCORE, '"value": 1e999'), "metrics.accuracy.value: must be a number from 0 to 100"),
        (TEXT.replace(SCORE, f'"value": {"9" * 5000}'), "the file: contains an invalid number"),
        ("[" * 100_000, "the file: is nested too deeply"),
        ('{"a":' * 900 + "1" + "}" * 900, "schema_version: is missing"),
        ("[]", "the file: must be an object"),
    ],
)
def test_what_is_no_results_file(folder, text, said):
    made.save(folder, text)
    assert said in refusal(folder)


def test_bytes_that_are_no_text(folder):
    made.save(folder, GOOD)
    (folder / "results.json").write_bytes(b'{"schema_version": "\xff"}')
    assert refusal(folder) == "the file: is not UTF-8 (byte 20)"


def test_a_huge_file_is_not_read(folder, monkeypatch):
    made.save(folder, GOOD)
    monkeypatch.setattr(records, "MOST_BYTES", 100)
    assert refusal(folder) == f"the file: has {len(TEXT):,} bytes, the maximum is 100"


def test_the_rest_is_read(tmp_path):
    made.save(tmp_path / "bad", TEXT[:-9])
    made.save(tmp_path / "good", GOOD)
    runs, [line] = read_all([tmp_path / "good", tmp_path / "bad"])
    assert [run.path for run in runs] == [tmp_path / "good" / "results.json"]
    assert line["file"] == str(tmp_path / "bad" / "results.json")
    assert "not JSON" in line["reason"]


# Replicates


def test_replicates_are_those_of_the_file(folder):
    made.draw(folder, copy.deepcopy(GOOD))
    run = read(folder)
    rows = run.replicates(run.content["cells"][0])
    assert (rows.shape, rows.dtype) == ((1, 1000), np.float32)
    assert run.replicates(next(each for each in run.content["cells"] if each["task"] == "qa")).shape == (2, 1000)
    assert rows.mean() == pytest.approx(50, abs=0.2)


def test_a_file_that_stands_alone_has_no_replicates(folder):
    made.draw(folder, copy.deepcopy(GOOD))
    (folder / "results.json").rename(folder.parent / "alone.json")
    run = read(folder.parent / "alone.json")
    assert run.replicates(run.content["cells"][0]) is None


def _promise(file):
    """Write the header of an array of terabytes, with nothing behind it."""
    with file.open("wb") as out:
        shape = (1, 10**13)
        np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": shape})


def _archive(file):
    """Write an archive of arrays under the name of one."""
    with file.open("wb") as out:
        np.savez(out, np.zeros((1, 1000), dtype=np.float32))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"no array"),
        lambda file: file.write_bytes(b"PK\x03\x04xx"),
        _archive,
        lambda file: file.write_bytes(pickle.dumps({"a": 1})),
        lambda file: np.save(file, np.array([{}], dtype=object), allow_pickle=True),
        lambda file: np.save(file, np.zeros((2, 1000), dtype=np.float32)),
        lambda file: np.save(file, np.zeros((1, 1000), dtype=np.float64)),
        lambda file: np.save(file, np.full((1, 1000), np.nan, dtype=np.float32)),
        lambda file: np.save(file, np.full((1, 1000), 1e9, dtype=np.float32)),
        lambda file: file.write_bytes(bytes(2**20 + 1)),
        _promise,
    ],
)
def test_bad_replicates_are_named(folder, spoil):
    made.draw(folder, copy.deepcopy(GOOD))
    run = read(folder)
    spoil(folder / "replicates" / "nli" / "en.npy")
    with pytest.raises(DataError, match=r"replicates.nli.en\.npy: not float32 replicates of shape \(1, 1000\): "):
        run.replicates(run.content["cells"][0])


def test_replicates_behind_a_link_out_of_the_run(folder, tmp_path):
    made.draw(folder, copy.deepcopy(GOOD))
    file = folder / "replicates" / "nli" / "en.npy"
    file.rename(tmp_path / "elsewhere.npy")
    file.symlink_to(tmp_path / "elsewhere.npy")
    run = read(folder)
    with pytest.raises(DataError, match="are outside of the run folder"):
        run.replicates(run.content["cells"][0])


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value, path=()):
    yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


SMALL = made.content([made.cell("qa", "en", 50.0, 60.0), made.cell("qa", "sw", status="failed")], suite=None)
PLACES = [(content, path) for content in (SMALL, FULL, OLD) for path in places(content) if path]


@settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), JSON)
def test_whatever_a_field_holds_is_refused_or_makes_a_valid_board(tmp_path, place, value):
    folder = made.save(tmp_path / "run", at(*place, value))
    runs, refused = read_all([folder])
    assert len(runs) + len(refused) == 1
    if runs:
        validation.validate(made.board(folder))


ODD = st.sampled_from(
    [True, 2**63, -1, 1e9, "train", "failed", "../x", "predictions/../x", "x" * 101, "\u202e", [1.0], [1.0, 1e9]]
)


@settings(deadline=None, max_examples=500)
@given(st.sampled_from([path for path in places(SMALL["cells"][0]) if path]), JSON | ODD)
def test_no_quick_look_passes_what_a_closer_one_refuses(path, value):
    assert checks.plainly_fit(SMALL["cells"][0])
    record = at(SMALL["cells"][0], path, value)
    with suppress(KeyError, TypeError, ValueError):
        if checks.plainly_fit(record):
            checks.closely(record)
