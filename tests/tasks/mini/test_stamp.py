"""The second call of `xharness demo`: it prints the same at once, unless anything has changed that it depends on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from xharness.cli.main import main
from xharness.registry import Registry
from xharness_tasks.mini import demo, stamp

PLUGIN = "from xharness import hookimpl\n\n\n@hookimpl\ndef xharness_tasks():\n    return ()\n"


class Demo:
    """The demo with small results in place of its two trainings; `calls` counts how often it computes them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.out, self.store, self.plugin = folder / "runs", folder / "store", folder / "own.py"
        self.calls, self.status, self._capsys = 0, "ok", capsys
        self.plugin.write_text(PLUGIN, encoding="utf-8")

    def results(self, args):
        self.calls += 1
        cell = {"task": "xnli", "language": "en", "status": self.status, "metrics": {"accuracy": {"value": 50.0}}}
        content = {
            "cells": [cell],
            "tasks": {"xnli": {"value": 50.0, "metric": "accuracy"}},
            "suites": {"xtreme": {"value": 50.0 + args.seed}},
            "run": {"timing": []},
        }
        for recipe in demo.RECIPES:
            (self.out / recipe).mkdir(parents=True, exist_ok=True)
            (self.out / recipe / "results.json").write_text(json.dumps(content), encoding="utf-8")
        return dict.fromkeys(demo.RECIPES, content)

    def __call__(self, *words: str) -> tuple[int, str, str]:
        places = ["--out", str(self.out), "--store", str(self.store), "--plugin", str(self.plugin)]
        code = main(["demo", "--no-plugins", *places, *words])
        return code, *self._capsys.readouterr()


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    called = Demo(tmp_path, capsys)
    monkeypatch.setattr(demo, "_results", called.results)
    monkeypatch.setattr(demo, "_board", lambda out, results, registry: out / "board" / "index.html")
    return called


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def touch(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def test_the_second_call_prints_the_same_and_says_that_nothing_has_changed(call):
    first, second = call(), call()
    assert call.calls == 1
    assert first[:2] == second[:2]
    assert "51.0" in second[1]
    assert second[2].startswith("nothing has changed since the last call, whose scores follow; ")
    assert second[2].endswith(f"delete {call.out / 'demo.json'}\n")
    assert json.loads(call("--json")[1])["zero-shot"]["suites"] == {"xtreme": {"value": 51.0}}
    assert call.calls == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda call: (call.out / "zero-shot" / "results.json").unlink(),
        lambda call: edit(call.out / "intermediate" / "results.json"),
        lambda call: touch(call.out / "intermediate" / "results.json"),
        lambda call: (call.out / "demo.json").write_text('{"inputs": ', encoding="utf-8"),
        lambda call: (call.out / "demo.json").write_text("[]", encoding="utf-8"),
        lambda call: touch(call.plugin),
        lambda call: setattr(call, "store", call.store / "other"),
    ],
    ids=["deleted", "edited", "touched", "stamp cut", "stamp of another form", "plugin", "store"],
)
def test_a_change_of_an_output_or_an_input_goes_the_ordinary_way(call, change):
    call()
    change(call)
    call()
    assert call.calls == 2
    call()
    assert call.calls == 2


def test_other_arguments_and_variables_go_the_ordinary_way(call, monkeypatch):
    assert "51.0" in call()[1]
    assert "52.0" in call("--seed", "2")[1]
    assert "52.0" in call("--seed", "2")[1]
    assert call.calls == 2
    monkeypatch.setenv("XHARNESS_HOME", str(call.store))
    call("--seed", "2")
    assert call.calls == 3


def test_a_failed_cell_leaves_no_stamp(call):
    call.status = "failed"
    assert [call()[0], call()[0]] == [1, 1]
    assert call.calls == 2


def test_inputs_name_every_file_of_the_product_and_the_installed_libraries(tmp_path):
    (tmp_path / "own.py").write_text(PLUGIN, encoding="utf-8")
    registry = Registry.load([str(tmp_path / "own.py")], third_parties=False)
    inputs = stamp.inputs({}, registry.plugins)
    ends = {"/".join(Path(path).parts[-2:]) for path in inputs["files"]}
    assert ends >= {"xharness/registry.py", "mini/demo.py", "sources/mini.py", "xharness_leaderboard/board.py"}
    assert str(tmp_path / "own.py") in inputs["files"]
    assert any(name.startswith("torch-") for name in inputs["libraries"])


def test_the_stamp_holds_no_value_of_a_variable(call, monkeypatch):
    monkeypatch.setenv("XHARNESS_TOKEN", "a secret")
    call()
    assert "a secret" not in (call.out / "demo.json").read_text(encoding="utf-8")
