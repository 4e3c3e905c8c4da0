"""The caveats that an experiment shows: all grave ones, and one line for those that differ only in numbers."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from tests import toy
from tests.experiment.conftest import TOY
from tests.experiment.test_running import SCHEMA
from tests.run import glossary
from xharness import api, caveat
from xharness.experiment.caveats import notes
from xharness.registry import Registry

PLUGIN = """
from dataclasses import replace

from tests import toy
from tests.run import glossary
from xharness import hookimpl


def fails(training):
    remarks = [{"code": "failed_run", "facts": {"loss": 0.69, "chance": 0.69}}]
    remarks += [{"code": "restarted_run", "facts": {"seed": 1}}]
    return {**toy.train(training), "remarks": remarks}


@hookimpl
def xharness_models():
    yield replace(next(toy.xharness_models()), name="failing", claims=lambda path: False, train=fails)


@hookimpl
def xharness_sources():
    yield replace(next(glossary.xharness_sources()), name="synthetic", synthetic=True)
"""
ROWS = """
model = "{model}"
source = "glossary"
dtype = "float32"
tasks = ["parity", "asked"]
baseline = "plain"

[[rows]]
name = "plain"

[[rows]]
name = "translated"
recipe = "translate-test"

[[rows]]
name = "oracle"
params = {{ selection = "oracle" }}

[[rows]]
name = "trained"
split = "train"

[[rows]]
name = "selected"
split = "dev"
params = {{ selection = "dev" }}

[[rows]]
name = "failed"
model = "failing:{model}"
seeds = [9]

[[rows]]
name = "synthetic"
source = "synthetic"

[[rows]]
name = "limited"
limit = 5
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return the content of an experiment whose rows have scores that do not measure zero-shot transfer."""
    folder = tmp_path_factory.mktemp("experiment")
    (folder / "plugin.py").write_text(PLUGIN, encoding="utf-8")
    plugins = [TOY, str(Path(glossary.__file__)), str(folder / "plugin.py")]
    (folder / "some.toml").write_text(ROWS.format(model=toy.checkpoint(folder / "model")), encoding="utf-8")
    registry = Registry.load(plugins, third_parties=False)
    return api.experiment(folder / "some.toml", registry=registry, out=folder / "out", store=folder / "store")


def test_what_a_run_finds_grave_comes_first_and_none_is_left_out(found):
    jsonschema.validate(found, SCHEMA)
    grave = {each["code"]: each["rows"] for each in found["caveats"] if each["grave"]}
    assert grave == {
        "translated_inputs": ["translated"],
        "gold_of_inputs": ["translated"],
        "oracle_selection": ["oracle"],
        "trained_on_evaluated_split": ["trained"],
        "selected_on_evaluated_split": ["selected"],
        "failed_run": ["failed"],
        "restarted_run": ["failed"],
        "synthetic_data": ["synthetic"],
    }
    assert [each["code"] for each in found["caveats"] if not each["grave"]] == ["other_split"] * 2 + ["limited"]
    lines = notes(found)
    assert len(lines) == len(found["caveats"])
    for line, text in zip(lines, [each["text"] for each in found["caveats"] if each["grave"]], strict=False):
        assert line.startswith(f"note: {text} (")
    assert "note: limited to the first 5 examples of each split (rows limited, all targets)" in lines


def content(*caveats, rows=("a", "b"), targets=("xnli", "udpos")):
    """Return what there is of an experiment; each caveat with its rows and targets."""
    return {
        "rows": [{"name": name, "status": "complete"} for name in rows],
        "targets": dict.fromkeys(targets),
        "caveats": [{**each.record(), "rows": where, "targets": tasks} for each, where, tasks in caveats],
    }


def test_others_are_few():
    others = [(caveat("other_split", split=name, official="test"), ["a"], ["xnli"]) for name in "abcdefgh"]
    grave = caveat("trained_on_evaluated_split")
    found = notes(content(*others, (grave, ["a"], ["xnli"])))
    assert found == [
        f"note: {grave.text} (rows a, targets xnli)",
        *(f"note: split {name} instead of test (rows a, targets xnli)" for name in "abcdef"),
        "note: 2 more, in the results.json of each row",
    ]


def test_caveats_that_differ_in_numbers_share_a_line_with_their_rows_and_targets():
    def failed(loss, tasks="xnli"):
        return caveat("failed_run", stage="finetune", tasks=tasks, loss=loss, chance=1.1)

    found = notes(
        content(
            (failed(1.09), ["a"], ["xnli"]),
            (failed(1.10), ["b"], ["xnli"]),
            (failed(1.11), ["b"], ["udpos"]),
            (failed(1.09, "bucc2018"), ["a"], ["xnli"]),
            (failed(1.09, "bucc2019"), ["a"], ["xnli"]),
        )
    )
    assert found == [
        f"note: {failed(1.09).text}; and 2 more of this kind (all rows, all targets)",
        f"note: {failed(1.09, 'bucc2018').text} (rows a, targets xnli)",
        f"note: {failed(1.09, 'bucc2019').text} (rows a, targets xnli)",
    ]
