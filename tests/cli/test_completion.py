"""The script of `xharness completion` completes in a real bash."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xharness.cli import completion
from xharness.cli.main import main

WORDS = """
source "$1"
complete_() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _shtab_xharness; echo "${COMPREPLY[*]}"; }
complete_ xharness explai
complete_ xharness run --task xnli_natural_
complete_ xharness plan --suite xtreme-
complete_ xharness leaderboard build --one
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")


def test_commands_options_and_names_are_completed(tmp_path, capsys):
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out, encoding="utf-8")
    line = ["bash", "-c", WORDS, "bash", str(tmp_path / "script")]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["explain", "xnli_natural_clean", "xtreme-r", "--one-table"]
    assert done.stderr == ""


def test_without_its_package_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(completion, "absent", lambda *modules: list(modules))
    assert main(["completion", "zsh"]) == 2
    message = "xharness: shell completion needs the package shtab; run: pip install 'xharness[completion]'\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnu"], "unknown command 'rnu'; did you mean run"),
        (["list", "taks"], "unknown group 'taks'; did you mean tasks"),
        (["store", "prone"], "unknown action 'prone'; did you mean prune"),
        (["completion", "bsh"], "unknown action 'bsh'; did you mean bash"),
        (["noise", "write", "--split", "tset"], "unknown value of --split 'tset'; did you mean test"),
        (["leaderboard", "biuld", "x"], "unknown action 'biuld'; did you mean build"),
    ],
)
def test_the_nearest_names_are_in_the_error_for_every_choice(words, message, capsys):
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"xharness: {message}")


def test_a_missing_package_is_named_with_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    message = "xharness: this command needs the package shtab; run: pip install shtab\n"
    assert capsys.readouterr().err == message
