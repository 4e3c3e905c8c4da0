"""Results files and submissions that no xharness wrote: every command that reads them answers in one clear line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import toy
from tests.mutations import mutated
from tests.run import glossary
from xharness.cli.main import main

OLD = Path(__file__).parents[1] / "specs" / "schema_1_0"
PLUGINS = [word for plugin in (toy, glossary) for word in ("--plugin", str(Path(plugin.__file__)))]
FUZZ = settings(max_examples=40, suppress_health_check=list(HealthCheck))
RUNS = {name: json.loads((OLD / name / "results.json").read_text("utf-8")) for name in ("toys", "translated")}
CELLS = {"toys": ("toy-tags", "sw"), "translated": ("asked", "sw")}
FORMATS = ("submission", "labels", "csv", "model-card", "eval-results", "every-eval-ever")
DEEP = "[" * 200_000 + "]" * 200_000


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    """Return the folder of old runs as an xharness of today saves them."""
    folder = tmp_path_factory.mktemp("new")
    for name in RUNS:
        shutil.copytree(OLD / name, folder / name)
        assert main(["rescore", str(folder / name), "--no-plugins", *PLUGINS]) == 0
    return folder


@pytest.fixture
def answered(capsys, monkeypatch, tmp_path):
    """Return what runs a command line to its exit code and errors, and fails where it ends in an internal error."""
    monkeypatch.setenv("XHARNESS_PLUGINS", "")

    def run(*words):
        capsys.readouterr()
        code = main([*map(str, words), *PLUGINS])
        err = capsys.readouterr().err
        assert "internal error" not in err, err
        assert code in (0, 1, 2)
        return code, err

    return run


def saved(content, like, folder):
    """Save a run whose results.json has another content."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(like, folder)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "results.json").write_text(text, "utf-8")
    return folder


def commands(run, other, name, out):
    task, language = CELLS[name]
    shutil.rmtree(out, ignore_errors=True)
    yield "explain", run, task, language
    yield "explain", run, task, language, "--json"
    for form in FORMATS:
        yield "export", run, "--format", form, "--out", out / form
    yield "leaderboard", "build", run, other, "--out", out / "board"
    yield "compare", run, other
    yield "rescore", run


@FUZZ
@given(st.data(), st.sampled_from(sorted(RUNS)), st.booleans())
def test_no_results_file_is_an_internal_error(answered, new, tmp_path, data, name, old):
    like = (OLD if old else new) / name
    content = data.draw(mutated(json.loads((like / "results.json").read_text("utf-8"))))
    for words in commands(saved(content, like, tmp_path / "run"), new / name, name, tmp_path / "out"):
        answered(*words)
        saved(content, like, tmp_path / "run")  # rescore rewrites it


@pytest.mark.parametrize("name", sorted(RUNS))
def test_without_a_change_every_command_reads_them(answered, new, tmp_path, name):
    for words in commands(new / name, OLD / name, name, tmp_path / "out"):
        code, err = answered(*words)
        assert code in (0, 1) or ("eval-results" in words and "not from a dataset of the hub" in err)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: run.update(plan={"a": 1}), 'run.plan: expected a list, got {"a": 1}'),
        (lambda run: run.update(plan=[3]), "run.plan[0]: expected an object, got 3"),
        (lambda run: run["plan"][0].pop("key"), "run.plan[0].key: is missing"),
        (lambda run: run["plan"][0].update(needs=["x"]), 'run.plan[0].needs[0]: expected a text like ^[0-9a-f]{32}$'),
        (lambda run: run["plan"][0].update(report=[1]), "run.plan[0].report: expected an object or null, got [1]"),
        (lambda run: run.update(environment=[]), "run.environment: expected an object, got []"),
        (lambda run: run["environment"].update(packages="x"), 'run.environment.packages: expected an object, got "x"'),
        (lambda run: run.update(plugins={"x": 1}), 'run.plugins: expected a list, got {"x": 1}'),
        (lambda run: run.update(plugins=["x"]), 'run.plugins[0]: expected an object, got "x"'),
        (lambda run: run["request"].update(seeds=1), "run.request.seeds: expected a list, got 1"),
        (lambda run: run["model"].update(parameters=True), "run.model.parameters: expected a whole number, got true"),
        (lambda run: run.pop("environment"), "run.environment: is missing"),
    ],
)  # fmt: skip
def test_the_key_and_what_is_expected_there_are_named(answered, new, tmp_path, change, said):
    content = json.loads((new / "toys" / "results.json").read_text("utf-8"))
    change(content["run"])
    run = saved(content, new / "toys", tmp_path / "run")
    for words in (("explain", run, "toy-tags", "sw"), ("export", run, "--out", tmp_path / "out"), ("rescore", run)):
        code, err = answered(*words)
        assert code == 2
        assert err.startswith(f"xharness: {run / 'results.json'} is not a results file of schema 1.1: {said}")
        assert len(err.splitlines()) == 1 and err.endswith("; run again with the same --out\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DEEP, "nested deeper than 64 levels"),
        ('{"schema_version": "1.1", "run": ' + "[" * 100 + "]" * 100 + "}", "nested deeper than 64 levels"),
        ('{"schema_version": "1.1", "a": [1e999]}', "a[0]: expected a number below 1e308, got Infinity"),
        ('{"schema_version": "1.1", "a": 1%s}' % ("0" * 400), "a: expected a number below 1e308, got an integer of"),
        ('{"schema_version": "1.1", "a": NaN}', "contains NaN, which is not a JSON number"),
        ("{", "not JSON: Expecting property name"),
        ("[]", "it has no schema_version"),
        ('{"schema_version": 1.1}', "it has no schema_version"),
    ],
)
def test_a_document_that_is_no_results_file_is_refused(answered, new, tmp_path, text, said):
    run = saved(text, new / "toys", tmp_path / "run")
    for words in commands(run, new / "toys", "toys", tmp_path / "out"):
        code, err = answered(*words)
        assert code in (1, 2)
        assert len(err.splitlines()) == 1
        if words[0] in ("explain", "rescore"):
            assert f"results.json is not a results file: {said}" in err


def test_stages_that_need_each_other_are_explained_once(answered, new, tmp_path, capsys):
    content = json.loads((new / "toys" / "results.json").read_text("utf-8"))
    first, last = content["run"]["plan"][0], content["run"]["plan"][-1]
    first["needs"] = [last["key"]] * 2
    more = [first | {"key": f"{number:032x}", "needs": [f"{number + 1:032x}"] * 2} for number in range(2000)]
    content["run"]["plan"] += more
    last["needs"] += [more[0]["key"]]
    assert answered("explain", saved(content, new / "toys", tmp_path / "run"), "toy-tags", "sw")[0] == 0
