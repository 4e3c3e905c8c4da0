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
