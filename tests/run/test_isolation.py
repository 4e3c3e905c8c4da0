"""An error of any type fails only the cells whose work raises it, and leaves its traceback in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.run import faulty
from tests.run.conftest import TOY
from xharness.errors import StoreError
from xharness.registry import Registry
from xharness.run.isolation import caught, isolated

TASKS = ("toy-tags", "toy-parity", "toy-pairs", "toy-passages")
ODD = "; internal error in xharness or a plugin, see tracebacks/"


@pytest.fixture
def outcome(run, model, monkeypatch, tmp_path):
    registry = Registry.load([TOY, str(Path(faulty.__file__))], third_parties=False)

    def _outcome(fault, tasks=TASKS, **wishes):
        monkeypatch.setenv("FAULT", fault)
        given = {"model": f"faulty:{model}", "source": "faulty", "tasks": list(tasks), **wishes}
        results = run(registry=registry, **given)
        return {(cell["task"], cell["language"]): cell for cell in results["cells"]}

    return _outcome


def failed(cells):
    return {place for place, cell in cells.items() if cell["status"] != "ok"}


@pytest.mark.parametrize("error", faulty.ERRORS)
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("zh", {("toy-tags", "zh"), ("toy-pairs", "zh")}),
        ("load", {(task, code) for task in ("toy-pairs", "toy-passages") for code in ("en", "sw", "zh")}),
        ("train", {(task, code) for task in ("toy-tags", "toy-parity") for code in ("en", "sw", "zh")}),
        ("data", {(task, "zh") for task in TASKS}),
    ],
)
def test_an_error_fails_its_own_cells_and_leaves_a_traceback(outcome, tmp_path, error, place, expected):
    cells = outcome(f"{place}:{error}")
    assert failed(cells) == expected
    for each in expected:
        assert cells[each]["status"] == "failed"
        reason = cells[each]["reason"]
        assert reason.startswith(f"{error}: odd{ODD}")
        text = (tmp_path / "out" / reason.rpartition("see ")[2]).read_text("utf-8")
        assert text.startswith("Traceback")
        assert text.endswith(f"{error}: odd\n")
        assert "faulty.py" in text
    assert json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["cells"] == list(cells.values())


@pytest.mark.parametrize("error", faulty.ERRORS)
def test_a_metric_that_fails_leaves_the_predictions(outcome, tmp_path, error):
    cells = outcome(f"metric:{error}", ["odd-tags"])
    assert failed(cells) == {("odd-tags", "zh")}
    assert cells["odd-tags", "zh"]["reason"].startswith(f"{error}: odd{ODD}")
    assert (tmp_path / "out" / cells["odd-tags", "zh"]["predictions"]).is_file()


def test_worker_processes_send_their_tracebacks(outcome, tmp_path):
    cells = outcome("zh:AttributeError", ["toy-tags"], executor="processes", workers=1)
    assert failed(cells) == {("toy-tags", "zh")}
    [file] = (tmp_path / "out" / "tracebacks").iterdir()
    assert "faulty.py" in file.read_text("utf-8")


def test_the_next_run_in_the_folder_removes_the_tracebacks(outcome, tmp_path):
    assert failed(outcome("zh:AttributeError", ["toy-tags"])) == {("toy-tags", "zh")}
    assert failed(outcome("", ["toy-tags"])) == set()
    assert not (tmp_path / "out" / "tracebacks").exists()


@pytest.mark.parametrize("end", faulty.ENDS.values())
@pytest.mark.parametrize("place", ["zh", "load", "train", "data"])
def test_an_exit_ends_the_run_and_keeps_what_it_has(outcome, tmp_path, end, place):
    with pytest.raises(end):
        outcome(f"{place}:{end.__name__}")
    cells = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["cells"]
    assert "not_run" in {cell["status"] for cell in cells}


def test_store_errors_pass():
    def unsaved(items=()):
        raise StoreError("cannot save")
        yield

    with pytest.raises(StoreError):
        caught(lambda: next(unsaved()))
    with pytest.raises(StoreError):
        list(isolated([1, 2], unsaved))


def test_items_after_an_error_are_done_alone():
    calls = []

    def work(items):
        calls.append(list(items))
        for item in items:
            if 3 in items and item >= 2:  # 3 is computed together with 2
                raise ValueError(item)
            yield item

    done = [(item, str(error) if error else None) for item, error in isolated([1, 2, 3, 4], work)]
    assert done == [(1, None), (2, None), (3, "3"), (4, None)]
    assert calls == [[1, 2, 3, 4], [2], [3], [4]]
