"""Several programs for a problem: drawn, kept beside the first, and all tested."""

from __future__ import annotations

import json

import pytest

from tests.models import tiny_decoder
from xharness import BadParameter, Generation, LoadOptions, Program, Text, api
from xharness.registry import Registry
from xharness.ways import words_for
from xharness_plugins.models.causal import CAUSAL
from xharness_plugins.models.samples import settled

OPTIONS = LoadOptions(device="cpu", dtype="float32")
ASKED = [Generation(text, most=8, several=True) for text in ("one", "two words", "# three")]
SAMPLES = {"samples": "3", "temperature": "0.9"}


@pytest.fixture(scope="module")
def registry():
    return Registry.load([], third_parties=False)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_decoder(tmp_path_factory.mktemp("models") / "decoder")


def written(path, asked, **params):
    return list(CAUSAL.load(path, "generate", None, params, OPTIONS).generate(iter(asked)))


def test_samples_differ_and_are_the_same_in_any_batch(path):
    whole = written(path, ASKED, samples=3, temperature=0.9)
    assert [len(each.others) for each in whole] == [2, 2, 2]
    assert len({text.text for each in whole for text in (each, *each.others)}) > 6
    assert [written(path, [each], samples=3, temperature=0.9)[0] for each in reversed(ASKED)] == whole[::-1]
    one = written(path, ASKED, temperature=0.9)
    assert [each.text for each in one] == [each.text for each in whole]
    assert all(not each.others for each in one)


def test_other_requests_get_the_most_likely_text(path):
    plain = [Generation(each.context, most=8) for each in ASKED]
    assert written(path, plain, samples=3, temperature=0.9) == written(path, ASKED) == written(path, plain)


def test_all_programs_are_tested_and_the_first_is_the_prediction(registry):
    task = registry.get("tasks", "humaneval_xl")
    way = next(way for way in task.kind.ways if way.name == "generate")
    prompt = "def one():\n"
    example = {
        "id": "1", "prompt": prompt, "text": "", "start": 0, "target": "    return 1\n", "suffix": None,
        "tests": "check(one)", "entry_point": "one",
    }  # fmt: skip
    wording = words_for(task, way, "de", None, registry)
    texts = Text("return 1", others=(Text("return 2"), Text("", cut=True)))
    row = way.take(task, wording, example, [texts])
    assert (row["prediction"], [each["prediction"] for each in row["others"]]) == ("    return 1", ["    return 2", ""])
    assert row["others"][1]["flaw"] == "empty"
    codes = [f"{prompt}    return 1", f"{prompt}    return 2", prompt]
    assert task.kind.programs(task, row, example) == [Program(code=code, tests="check(one)") for code in codes]
    assert "others" not in way.take(task, wording, example, [Text("return 1")])


def request(path, **params):
    fields = {"tasks": ["mconala"], "languages": ["es"], "source": "mini", "limit": 2, "recipe": "as-is"}
    return api.build({**fields, "model": str(path), "way": "generate", "params": params})


def test_a_run_keeps_them_and_its_record_has_their_number(path, registry, tmp_path):
    found = api.run(request(path, **SAMPLES), registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = found["cells"]
    assert cell["status"] == "ok", cell["reason"]
    assert {name: cell["recipe"]["params"][name] for name in SAMPLES} == {"samples": 3, "temperature": 0.9}
    rows = map(json.loads, (tmp_path / "out" / cell["predictions"]).read_text("utf-8").splitlines())
    assert [len(row["others"]) for row in rows] == [2, 2]


def test_keys_without_samples_do_not_depend_on_them(path, registry):
    [key], [other] = (
        api.plan(request(path, **params), registry=registry).predictions.values() for params in ({}, SAMPLES)
    )
    assert key != other
    assert settled({"samples": None, "temperature": None, "chat": False}) == {"chat": False}
    assert settled(SAMPLES) == SAMPLES


def test_equal_samples_are_refused(path, registry):
    with pytest.raises(BadParameter, match=r"the programs are equal without a temperature; add --param temperature="):
        api.plan(request(path, samples="3"), registry=registry)
