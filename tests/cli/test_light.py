"""What the light commands may import, and what they print."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import xharness
from xharness.cli.main import main

HEAVY = {
    "accelerate", "asyncio", "datasets", "faiss", "huggingface_hub", "jinja2", "numpy", "pandas",
    "pyarrow", "pydantic", "requests", "rich", "safetensors", "scipy", "sklearn", "tokenizers", "torch", "transformers",
}  # fmt: skip

PROBE = """
import sys
from xharness.cli.main import main
sys.stdout.write(str(main(sys.argv[1:])) + chr(10))
sys.stderr.write(' '.join(sys.modules))
"""

PROBE_EACH = """
import contextlib, io, json, sys
from xharness.cli.main import main
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            code = main(words)
        except SystemExit as stop:
            code = stop.code
    print(json.dumps([code, out.getvalue(), [*sys.modules]]))
"""


def probe(*words: str) -> tuple[str, set[str]]:
    done = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True)
    return done.stdout, set(done.stderr.split())


def probe_each(*commands: tuple[str, ...]) -> list[tuple[int, str, set[str]]]:
    """Run commands one after another in one process; return code, output and all modules after each."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE_EACH, json.dumps(commands)], capture_output=True, text=True, check=True
    )
    return [(code, output, set(modules)) for code, output, modules in map(json.loads, done.stdout.splitlines())]


def test_list_imports_nothing_heavy():
    groups = "tasks suites models recipes noises sources metrics executors sandboxes formats plugins languages".split()
    for group, (code, output, modules) in zip(groups, probe_each(*(("list", group) for group in groups)), strict=True):
        assert not modules & HEAVY, group
        assert code == 0
        assert len(output.splitlines()) >= 2


def test_list_imports_only_the_plugins_of_its_group():
    _, modules = probe("list", "tasks")
    packages = ("importlib.metadata", "xharness.noising", "xharness_plugins.")
    assert [name for name in modules if name.startswith(packages)] == []
    parts = {"stage_params", "training", "models", "sandboxes", "formats", "published", "findings"}
    needless = {"shutil", "traceback", "xharness.data.translating", "xharness_leaderboard.commands"}
    assert not modules & {*(f"xharness.specs.{part}" for part in parts), *needless}


def test_a_command_of_a_plugin_imports_neither_tasks_nor_other_commands():
    _, modules = probe("compare", "nowhere", "nowhere")
    assert "xharness_leaderboard.compare" in modules
    assert not modules & {*HEAVY, "xharness_tasks.all_tasks", "xharness.cli.run"}


def test_every_public_name_is_imported_when_it_is_used():
    assert sorted(xharness._HOME) == sorted(name for name in xharness.__all__ if name != "__version__")
    assert all(getattr(xharness, name) is not None for name in xharness.__all__)
    assert set(xharness.__all__) <= set(dir(xharness))
    with pytest.raises(AttributeError, match="module 'xharness' has no attribute 'nothing'"):
        getattr(xharness, "nothing")  # noqa: B009 - it exists for no type checker


def test_show_imports_nothing_heavy():
    shown = (("show", "task", "udpos"), ("show", "suite", "xtreme"), ("show", "model", "hf"))
    for words, (_, output, modules) in zip(shown, probe_each(*shown), strict=True):
        assert not modules & HEAVY, words
        assert words[2] in output


def test_list_tasks_names_the_nine_of_xtreme_and_as_json():
    output, _ = probe("list", "tasks", "--json")
    rows = json.loads(output.rsplit("0", 1)[0])
    names = {row["name"] for row in rows}
    nine = {"xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"}
    assert nine <= names
    suite = json.loads(probe("show", "suite", "xtreme", "--json")[0].rsplit("0", 1)[0])
    assert set(suite["tasks"]) == nine
    assert {row["languages"] for row in rows if row["name"] == "panx"} == {"48"}


def test_help_of_every_command_is_light():
    commands = "run plan score rescore export explain list show store doctor demo leaderboard compare".split()
    helped = probe_each(*((command, "--help") for command in commands))
    for command, (code, output, modules) in zip(commands, helped, strict=True):
        assert not modules & HEAVY, command
        assert code == 0
        assert output.startswith(f"usage: xharness {command}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "task", "xnil"), "xharness: unknown task 'xnil'; did you mean xnli"),
        (("show", "taks", "xnli"), "xharness: unknown kind of plugin 'taks'; did you mean task"),
        (("run",), "xharness: no model: give MODEL, a hub id, a local folder or ADAPTER:REFERENCE"),
        (("run", "m", "--param", "layer"), "xharness: --param layer: expected NAME=VALUE"),
        (("run", "m", "--config", "no.toml"), "xharness: config 'no.toml' cannot be read: No such file or directory"),
        (("list", "tasks", "--plugin", "no.py"), "xharness: plugin 'no.py': no such file"),
        (("explain", "nowhere", "xnli", "en"), "xharness: run 'nowhere': there is no results.json"),
    ],
)
def test_a_bad_request_is_one_line_and_exit_code_2(words, message, capsys):
    assert main(words) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    [line] = errors.splitlines()
    assert line.startswith(message)
