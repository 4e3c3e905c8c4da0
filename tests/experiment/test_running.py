"""Whole experiments on toy tasks: nothing is trained twice, and a refused row has its reason."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

import xharness.experiment
from tests import noises, processes
from tests.experiment.conftest import TOY
from tests.toy import STEPS
from xharness import api
from xharness.errors import BadParameter, BadRequest
from xharness.experiment.tables import blocks, markdown
from xharness.registry import Registry
from xharness.run.records.recorder import Recorder

SCHEMA = json.loads((Path(xharness.experiment.__file__).parent / "experiment.schema.json").read_text("utf-8"))
SINGLES = """
[[rows]]
name = "{intermediate}"
group = "intermediate tasks"
recipe = "intermediate"
params = { intermediate = ["toy-tags", "toy-parity", "hellaswag"] }
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    path = tmp_path / "log"
    monkeypatch.setenv("TOY_LOG", str(path))
    return lambda: path.read_text("utf-8").splitlines() if path.exists() else []


def by_name(content):
    return {row["name"]: row for row in content["rows"]}


def test_rows_are_runs_of_their_own_and_the_files_say_what_was_found(write, run, tmp_path):
    content = run(write(SINGLES), "out")
    jsonschema.validate(content, SCHEMA)
    assert content == json.loads((tmp_path / "out" / "experiment.json").read_text("utf-8"))
    assert markdown(content) == (tmp_path / "out" / "table.md").read_text("utf-8")
    rows = by_name(content)
    assert list(rows) == ["plain", "toy-tags", "toy-parity", "hellaswag"]
    for name in ("plain", "toy-tags", "toy-parity"):
        results = json.loads((tmp_path / "out" / rows[name]["folder"] / "results.json").read_text("utf-8"))
        for task, cell in rows[name]["targets"].items():
            assert cell["value"] == results["tasks"][task]["value"]
        assert (tmp_path / "out" / "rows" / name / "run.json").is_file()


def test_gains_are_those_of_the_runs(write, run, tmp_path):
    content = run(write(SINGLES))
    values = {}
    for name in ("plain", "toy-parity"):
        cells = json.loads((tmp_path / "out" / "rows" / name / "results.json").read_text("utf-8"))["cells"]
        values[name] = {
            (cell["task"], cell["language"]): cell["metrics"]["f1" if cell["task"] == "toy-tags" else "accuracy"][
                "value"
            ]
            for cell in cells
        }
    found = by_name(content)["toy-parity"]
    gains = []
    for task in ("toy-tags", "toy-pairs"):
        places = [place for place in values["plain"] if place[0] == task]
        gains.append(sum(values["toy-parity"][place] - values["plain"][place] for place in places) / len(places))
        assert found["targets"][task]["gain"]["value"] == pytest.approx(gains[-1])
    assert found["average"]["gain"]["value"] == pytest.approx(sum(gains) / 2)
    assert sum(part["points"] for part in found["decomposition"]) == pytest.approx(sum(gains) / 2)


def test_a_row_that_cannot_be_planned_has_its_reason_and_its_group_is_marked(write, run):
    content = run(write(SINGLES))
    row = by_name(content)["hellaswag"]
    assert (row["status"], row["folder"], row["average"]) == ("refused", None, None)
    assert "cannot be trained on 'hellaswag'" in row["reason"]
    assert content["groups"]["intermediate tasks"] == {"rows": 3, "lacking": ["hellaswag"]}
    assert content["complete"] is False
    scores = blocks(content)[0]
    assert scores.rows[-1] == ("hellaswag", "- [1]", "- [1]", "-")
    assert "2 of 3 intermediate tasks: without hellaswag" in scores.lines
    assert scores.lines[0].startswith("[1] ")
    assert "cannot be trained on 'hellaswag'" in scores.lines[0]


def test_a_language_that_cannot_be_read_leaves_no_smaller_mean(write, run, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "broken").touch()
    params = 'recipe = "intermediate"\nparams = { intermediate = "toy-parity" }'
    rows = f'[[rows]]\nname = "broken"\ndata = "{data}"\n{params}\n'
    content = run(write(rows))
    found = by_name(content)["broken"]
    cell = found["targets"]["toy-tags"]
    assert cell["value"] is None
    assert cell["missing"] == [{"language": "zh", "seed": 1, "reason": "toy/zh.tsv:3: expected 2 columns, got 1"}]
    assert cell["gain"]["languages"] == ["en", "sw"]
    assert cell["gain"]["value"] is not None
    assert (found["status"], found["average"]["value"], found["average"]["missing"]) == (
        "incomplete", None, ["toy-tags"],
    )  # fmt: skip
    scores, gains, *_ = blocks(content)
    assert scores.rows[1][1] == "- [1]"
    assert scores.lines[0] == "[1] toy-tags zh: toy/zh.tsv:3: expected 2 columns, got 1"
    assert gains.rows[0][1].endswith("[1]")
    assert "[1] toy-tags: over 2 of 3 languages" in "\n".join(gains.lines)


BROKEN = """
from dataclasses import replace

from tests import toy
from xharness import hookimpl


def breaks(training):
    raise AttributeError("no such thing")


@hookimpl
def xharness_models():
    yield replace(next(toy.xharness_models()), name="broken", claims=lambda path: False, train=breaks)
"""


def test_a_row_that_a_plugin_breaks_does_not_end_the_others(write, tmp_path):
    (tmp_path / "broken.py").write_text(BROKEN, encoding="utf-8")
    registry = Registry.load([TOY, str(tmp_path / "broken.py")], third_parties=False)
    rows = f'[[rows]]\nname = "broken"\nseeds = [9]\nmodel = "broken:{tmp_path / "model"}"\n' + SINGLES
    content = api.experiment(write(rows), registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    jsonschema.validate(content, SCHEMA)
    found = by_name(content)
    assert found["broken"]["status"] == "incomplete"
    assert found["broken"]["reason"].startswith(
        "AttributeError: no such thing; internal error in xharness or a plugin, see "
    )
    assert found["toy-parity"]["status"] == "complete"


@pytest.mark.parametrize("older", [False, True])
def test_a_row_that_breaks_before_it_begins_has_no_scores_not_even_older_ones(write, run, registry, monkeypatch, older):
    if older:
        run(write('[[rows]]\nname = "other"\nlimit = 20\n'))
    begin = Recorder.open

    def breaks(book):
        if book.out.name == "other":
            raise RuntimeError("no such luck")
        begin(book)

    monkeypatch.setattr(Recorder, "open", breaks)
    content = run(write('[[rows]]\nname = "other"\nlimit = 10\n' + SINGLES))
    jsonschema.validate(content, SCHEMA)
    found = by_name(content)
    assert (found["other"]["status"], found["other"]["reason"]) == ("incomplete", "RuntimeError: no such luck")
    cells = found["other"]["targets"]["toy-tags"]
    assert (cells["value"], len(cells["missing"])) == (None, 3)
    assert found["toy-parity"]["status"] == "complete"
    assert "RuntimeError: no such luck" in blocks(content)[0].lines[0]


def test_stages_are_shared_by_rows_and_targets_and_dropped_when_the_last_row_is_served(write, run, log, tmp_path):
    rows = '[[rows]]\nname = "again"\nrecipe = "zero-shot"\n' + SINGLES
    run(write(rows, 'tasks = ["toy-tags", "toy-parity", "toy-qa"]'))
    steps = Counter(line for line in log() if line.startswith("step"))
    # Upon the checkpoint as given, upon toy-tags and upon toy-parity: each time toy-tags, and toy-parity for two
    # targets. What is learnt first upon a single task is what a row without one learns.
    assert set(steps.values()) == {3 * 2}
    left = list((tmp_path / "store" / "objects" / "finetune").glob("*/*/checkpoint"))
    assert len(left) == 2  # those that targets were trained upon
    before = log()
    run(write(rows, 'tasks = ["toy-tags", "toy-parity", "toy-qa"]'))
    assert log() == before  # the finished experiment reads no example again


def test_another_target_trains_that_target_only(write, run, log):
    run(write(SINGLES, 'tasks = ["toy-tags"]'))
    before = Counter(line for line in log() if line.startswith("step"))
    assert set(before.values()) == {2 + 2}  # both tasks alone, and toy-tags upon each
    run(write(SINGLES, 'tasks = ["toy-tags", "toy-parity"]'))
    after = Counter(line for line in log() if line.startswith("step"))
    assert {after[step] - before[step] for step in after} == {2}  # toy-parity upon each; alone, it is there


def test_names_that_are_not_there_are_refused_before_any_work(write, run, tmp_path):
    for row, message in (
        ('recipe = "zero-shto"', "row 'x': unknown recipe 'zero-shto'; did you mean zero-shot"),
        ("params = { epoch = 1 }", "row 'x': unknown parameter 'epoch'; did you mean epochs"),
        ('tasks = ["toy-tag"]', "row 'x': unknown task 'toy-tag'; did you mean toy-tags"),
        # Of the suite's tasks, those that compare vectors are not trained and could be run.
        ('suite = "toys"\nparams = { selection = "en-dev" }', "row 'x': parameter selection=en-dev: must be "),
        (
            'recipe = "intermediate"\nparams = { intermediate = "toy-parity", intermediate_epochs = 0 }',
            "row 'x': parameter intermediate_epochs=0.0: must be above 0",
        ),
        ("params = { learning_rate = 0 }", "row 'x': parameter learning_rate=0.0: must be above 0"),
        (
            'recipe = "intermediate"\nparams = { intermediate = "toy-tag" }',
            "row 'x': parameter intermediate=toy-tag: unknown task 'toy-tag'; did you mean toy-tags",
        ),
    ):
        with pytest.raises(BadRequest) as caught:
            run(write(f'[[rows]]\nname = "x"\n{row}\n'))
        assert str(caught.value).startswith(message)
    with pytest.raises(BadRequest, match="row 'hellaswag', the baseline: "):
        run(write(SINGLES, baseline="hellaswag"))
    assert not (tmp_path / "out").exists()


REFUSING = """
from xharness import BadParameter, BadRequest, Recipe, hookimpl


def words(wish):
    raise BadRequest("unknown label 'x', and parameter y=1: odd")


def typed(wish):
    raise BadParameter("the value of y is odd")


@hookimpl
def xharness_recipes():
    yield Recipe(name="words", summary="refuses in words", checkpoint=words)
    yield Recipe(name="typed", summary="refuses a parameter", checkpoint=typed)
"""


def test_the_type_of_a_refusal_says_whether_it_is_a_slip_and_not_its_words(write, tmp_path):
    (tmp_path / "refusing.py").write_text(REFUSING, encoding="utf-8")
    registry = Registry.load([TOY, str(tmp_path / "refusing.py")], third_parties=False)

    def run(recipe):
        path = write(f'[[rows]]\nname = "x"\nrecipe = "{recipe}"\n')
        return api.experiment(path, registry=registry, out=tmp_path / "out", store=tmp_path / "store")

    with pytest.raises(BadParameter, match=r"^row 'x': the value of y is odd$"):
        run("typed")
    assert not (tmp_path / "out").exists()
    row = by_name(run("words"))["x"]
    assert (row["status"], row["reason"]) == ("refused", "unknown label 'x', and parameter y=1: odd")


def test_a_sweep_refuses_tasks_and_models_without_layers(write, run):
    with pytest.raises(
        BadRequest, match=r"sweep: task 'toy-tags' \(tagging\) does not read vectors from a hidden layer"
    ):
        run(write('[sweep]\ntasks = ["toy-tags"]\n'))
    with pytest.raises(BadRequest, match="sweep, row 'plain': unknown parameter 'layer'"):
        run(write('[sweep]\ntasks = ["toy-pairs"]\n'))


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_table(write, tmp_path):
    path = write(SINGLES, 'tasks = ["toy-tags", "toy-pairs"]\nseeds = [1, 2]')

    def words(name):
        folders = ["--out", tmp_path / name, "--store", tmp_path / f"{name}-store"]
        return ["run", "--config", path, "--plugin", TOY, "--no-plugins", *folders]

    def env(name, pause):
        return {"TOY_PAUSE": pause, "TOY_LOG": str(tmp_path / f"{name}.log")}

    def finished(name):
        process = processes.command(words(name), env(name, "0"))
        _, errors = process.communicate()
        assert process.returncode == 1, errors  # the row that cannot be planned

    finished("whole")
    kills, log = 0, tmp_path / "killed.log"
    for lines in (3, 60, 140, 260, 420, 600):
        process = processes.command(words("killed"), env("killed", "0.003"))
        while process.poll() is None and (not log.exists() or len(log.read_text("utf-8").splitlines()) < lines):
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    finished("killed")
    assert kills >= 4
    table = (tmp_path / "whole" / "table.md").read_text("utf-8")
    assert (tmp_path / "killed" / "table.md").read_text("utf-8") == table
    one, other = (json.loads((tmp_path / name / "experiment.json").read_text("utf-8")) for name in ("whole", "killed"))
    assert one == other
    steps = Counter(line for line in log.read_text("utf-8").splitlines() if line.startswith("step"))
    whole_log = (tmp_path / "whole.log").read_text("utf-8").splitlines()
    trained = sum(line.startswith("step") for line in whole_log)
    assert trained % STEPS == 0
    # A step that is killed before its save comes twice, one between its save and its line has none.
    assert trained - kills <= sum(steps.values()) <= trained + kills


def test_noises_do_not_change_the_tables_of_clean_scores(write, tmp_path):
    """Two rows with noises of their own, one of which does not apply in Chinese, have the tables of rows without."""
    registry = Registry.load([TOY, noises.__file__], third_parties=False)

    def table(name, rows, top):
        experiment = write(rows, top=f'tasks = ["toy-parity", "toy-tags"]\n{top}')
        folder = tmp_path / name
        return folder, api.experiment(experiment, registry=registry, out=folder, store=tmp_path / "store")

    more = '[[rows]]\nname = "six"\nrecipe = "zero-shot"\nparams = { letters = 6 }\n'
    noisy, found = table("noisy", more + 'noises = ["capitals:5"]\nnoise_seeds = [0, 1]\n', 'noises = ["letters:1,3"]')
    plain, without = table("plain", more, "")
    clean = (plain / "table.md").read_text("utf-8")
    assert (noisy / "table.md").read_text("utf-8").startswith(clean)
    assert found["complete"]
    assert [row["targets"] for row in found["rows"]] == [row["targets"] for row in without["rows"]]
    cells = {
        name: json.loads((noisy / "rows" / name / "results.json").read_text("utf-8"))["robustness"]["noises"]
        for name in ("plain", "six")
    }
    asked = {name: {(row["noise"]["name"], row["noise"]["severity"]) for row in rows} for name, rows in cells.items()}
    assert asked == {"plain": {("letters", 1), ("letters", 3)}, "six": {("capitals", 5)}}
    jsonschema.validate(found, SCHEMA)
    assert "noises" not in without["rows"][0]
    tables = blocks(found)[-2:]
    assert [each.title.partition(":")[0] for each in tables] == ["toy-parity", "toy-tags"]
    for task, each in zip(("toy-parity", "toy-tags"), tables, strict=True):
        assert each.header == ("row", "without", "letters:1", "letters:3", "capitals:5")
        assert [row[0] for row in each.rows] == ["plain", "six"]
        assert [cell == "-" for cell in each.rows[0]] == [False] * 4 + [True]
        assert [cell == "-" for cell in each.rows[1]] == [False, False, True, True, False]
        own = [row["average"]["drop"] for row in cells["plain"] if row["task"] == task]
        assert [float(cell.split()[0]) for cell in each.rows[0][2:4]] == pytest.approx(own, abs=0.06)


def test_a_row_whose_noise_fails_is_not_complete(write, tmp_path):
    registry = Registry.load([TOY, noises.__file__], third_parties=False)
    experiment = write(top='tasks = ["toy-parity"]\nnoises = ["broken"]')
    content = api.experiment(experiment, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    assert not content["complete"]
    assert "overlaps another" in content["rows"][0]["reason"]
