"""The command `check`: what it prints, and its exit codes."""

from __future__ import annotations

import shutil


def test_the_table_ends_with_the_next_command(command, checkpoint):
    done = command("check", checkpoint)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"next: xharness run {checkpoint}"


def test_programs_get_the_same_and_failures_are_exit_code_1(command, checkpoint, tmp_path):
    path = shutil.copytree(checkpoint, tmp_path / "broken")
    (path / "model.safetensors").write_bytes(b"no weights")
    done = command("check", path, "--json")
    assert (done.code, done.json()["stops"], done.json()["next"]) == (1, True, None)
    assert [each["state"] for each in done.json()["findings"]] == ["failed"]
    assert "repair what has the state failed" in command("check", path).out


def test_what_does_not_exist_is_exit_code_2(command, checkpoint):
    assert "no such folder" in command("check", "./nothing").refused()
    assert "expected NAME=VALUE" in command("check", checkpoint, "--param", "layer").refused()


PLUGIN = """
from xharness import Metric, Scored, hookimpl

def compute(predictions, gold, language):
    right = sum(map(str.__eq__, predictions, gold))
    return Scored(values={"right": 100 * right / len(gold)}, n=len(gold))

@hookimpl
def xharness_metrics():
    yield Metric(name="right", kinds=("classification",), compute=compute, signature="right")
"""


def test_a_plugin_is_checked_as_a_table_and_as_json(command, tmp_path):
    (tmp_path / "my_plugin.py").write_text(PLUGIN, encoding="utf-8")
    done = command("check", "./my_plugin.py")
    lines = {" ".join(line.split()[:3]): line for line in done.out.splitlines() if line}
    assert (done.code, done.err) == (1, "xharness: checking plugin ./my_plugin.py: 1 metric\n")
    assert "raise StageError" in lines["metric:right no_examples_are_handled failed"]
    assert "add '|v:1'" in lines["metric:right signature_is_its_own warned"]
    assert done.out.splitlines()[-1].endswith("1 failed")
    found = command("check", "./my_plugin.py", "--json").json()
    assert (found["failed"], {row["state"] for row in found["checks"]}) == (1, {"ok", "warned", "failed"})


def test_what_is_neither_a_plugin_nor_a_checkpoint_is_said(command, tmp_path):
    (tmp_path / "my_plugin.py").write_text(PLUGIN, encoding="utf-8")
    assert "it is not a plugin either: no installed plugin and no" in command("check", "no_such_thing").refused()
    assert "--param and --allow-... are for checkpoints" in command("check", "my_plugin.py", "--param", "a=1").refused()
    assert "'./folder' is a checkpoint: no installed plugin" in command("check", "./folder", "--data", "x").refused()
