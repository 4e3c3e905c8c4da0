"""The guarded loader, the three ways to add a plugin, clashes, and near names."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from xharness.errors import BadRequest
from xharness.registry import Registry

TASK = """
from xharness import Classification, hookimpl

@hookimpl
def xharness_tasks():
    yield Classification(name="{name}", languages=("en", "sw"), labels=("a", "b"), summary="{summary}"{more})
"""


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")


def plugin(folder: Path, name: str, body: str) -> str:
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(body), encoding="utf-8")
    return str(path)


def task(name: str, summary: str = "", more: str = "") -> str:
    return TASK.format(name=name, summary=summary, more=more)


def distribution(folder: Path, name: str, module: str, body: str, monkeypatch) -> None:
    """Install a package by hand: a module and the metadata with its entry point, on the import path."""
    (folder / f"{module}.py").write_text(body, encoding="utf-8")
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[xharness]\nmine = {module}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("XHARNESS_PLUGINS", name)


def test_built_ins_are_there_and_fast_to_record():
    registry = Registry.load()
    assert "xnli" in registry.names("tasks")
    assert registry.get("suites", "xtreme").name == "xtreme"
    assert registry.warnings == []
    assert all(found.error is None and found.seconds > 0 for found in registry.plugins)


def test_a_file_is_a_plugin(tmp_path):
    registry = Registry.load([plugin(tmp_path, "mine", task("sib"))])
    assert registry.get("tasks", "sib").languages == ("en", "sw")
    assert registry.get("tasks", "mine:sib").name == "sib"
    assert registry.registration("tasks", "sib").qualified == "mine:sib"


def test_a_module_is_a_plugin(tmp_path, monkeypatch):
    plugin(tmp_path, "plugin_by_module", task("sib"))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Registry.load(["plugin_by_module"]).get("tasks", "sib").name == "sib"


def test_an_installed_package_is_a_plugin_and_can_be_left_out(tmp_path, monkeypatch):
    distribution(tmp_path, "sib-tasks", "sib_by_entry_point", task("sib"), monkeypatch)
    registry = Registry.load()
    assert registry.get("tasks", "sib").name == "sib"
    assert registry.registration("tasks", "sib").plugin.version == "1.2"
    assert "sib" not in Registry.load(third_parties=False).names("tasks")
    monkeypatch.setenv("XHARNESS_PLUGINS", "other")
    assert "sib" not in Registry.load().names("tasks")


def test_a_missing_plugin_is_a_bad_request(tmp_path):
    with pytest.raises(BadRequest, match="no such file"):
        Registry.load([str(tmp_path / "none.py")])
    with pytest.raises(BadRequest, match="no such module"):
        Registry.load(["no.such.module"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import no_such_package_at_all", "No module named 'no_such_package_at_all'"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        (task("sib") + "    raise ValueError('half way')", "ValueError: half way"),
        (task("sib", more=", api=7"), "needs API version 7"),
        (task("a:b"), "must not be empty or contain a colon"),
        (
            "from xharness import hookimpl\n@hookimpl\ndef xharness_tasks():\n    yield 3",
            "yields a value of type int, expected Task",
        ),
        ("from xharness import hookimpl\n@hookimpl\ndef xharness_tasks(wrong):\n    yield 3", "wrong"),
        (
            task("sib")
            + "    yield from xharness_tasks_again()\n\ndef xharness_tasks_again():\n"
            + task("sib")[task("sib").index("    yield") :],
            "twice",
        ),
    ],
)
def test_a_broken_plugin_disables_only_itself(tmp_path, body, reason):
    registry = Registry.load([plugin(tmp_path, "broken", body), plugin(tmp_path, "fine", task("fine"))])
    record = next(found for found in registry.plugins if "broken" in found.name)
    assert record.error is not None
    assert reason in record.error
    assert registry.get("tasks", "fine").name == "fine"
    assert "xnli" in registry.names("tasks")
    assert any("broken" in warning and "disabled" in warning for warning in registry.warnings)
    with pytest.raises(BadRequest, match="may have provided it"):
        registry.get("tasks", "sib")


def test_the_built_in_keeps_a_name_that_a_third_party_takes(tmp_path):
    registry = Registry.load([plugin(tmp_path, "rival", task("xnli", "mine"))])
    assert registry.get("tasks", "xnli").summary != "mine"
    assert registry.get("tasks", "rival:xnli").summary == "mine"
    assert registry.get("tasks", "xharness:xnli") is registry.get("tasks", "xnli")
    [warning] = registry.warnings
    assert "xharness:xnli" in warning
    assert "rival:xnli" in warning
    assert {"xnli", "rival:xnli"} <= set(registry.names("tasks"))


def test_two_third_parties_with_one_name_must_be_told_apart(tmp_path):
    registry = Registry.load([plugin(tmp_path, "one", task("sib", "1")), plugin(tmp_path, "two", task("sib", "2"))])
    with pytest.raises(BadRequest, match="one:sib or two:sib"):
        registry.get("tasks", "sib")
    assert registry.get("tasks", "two:sib").summary == "2"
    assert {"one:sib", "two:sib"} <= set(registry.names("tasks"))


def test_a_misspelt_name_gets_the_nearest_ones():
    with pytest.raises(BadRequest, match=r"unknown task 'xnil'; did you mean xnli"):
        Registry.load().get("tasks", "xnil")


def test_plugins_add_commands(tmp_path):
    body = """
    from xharness import hookimpl

    @hookimpl
    def xharness_commands(subparsers):
        parser = subparsers.add_parser("greet")
        parser.set_defaults(run=lambda args: print("hello from", args.name) or 0)
        parser.add_argument("name")
    """
    path = plugin(tmp_path, "greeting", body)
    words = [sys.executable, "-m", "xharness.cli.main", "greet", "you", "--plugin", path]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "hello from you\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "@hookimpl\ndef xharness_task():\n    return ()",
            "unknown hook 'xharness_task'; did you mean xharness_tasks",
        ),
        (
            "def xharness_tasks():\n    return ()",
            "function xharness_tasks is not marked as a hook; decorate it with @hookimpl",
        ),
        ("@hookimpl\ndef xharness_tasks(registry):\n    return ()", "xharness_tasks"),
    ],
)
def test_a_hook_that_would_never_be_called_is_reported(tmp_path, body, message):
    registry = Registry.load([plugin(tmp_path, "mine", f"from xharness import hookimpl\n\n{body}\n")])
    assert message in registry.plugins[-1].error
    assert f"'{tmp_path / 'mine.py'}' is disabled" in registry.warnings[-1]


def test_a_misspelt_hook_of_one_plugin_leaves_the_others(tmp_path):
    bad = plugin(tmp_path, "bad", "from xharness import hookimpl\n\n@hookimpl\ndef xharness_taks():\n    return ()\n")
    registry = Registry.load([bad, plugin(tmp_path, "good", task("sib"))])
    assert registry.get("tasks", "sib").name == "sib"
    assert len(registry.warnings) == 1


@pytest.mark.parametrize("body", [task("sib"), "from xharness import Gone, hookimpl\n"])
def test_a_plugin_for_another_version_of_the_api_is_disabled_with_one_line(tmp_path, body):
    registry = Registry.load([plugin(tmp_path, "old", f"xharness_api = 7\n{body}")])
    (warning,) = registry.warnings
    assert warning.endswith(
        "is disabled: it is written for version 7 of the plugin API, and this xharness has version 1; install a "
        "version of the plugin or of xharness that fits the other"
    )
    with pytest.raises(BadRequest, match=r"unknown task 'sib'.*; a plugin that failed .* version 7 of the plugin API"):
        registry.get("tasks", "sib")


def test_an_installed_plugin_for_another_version_that_cannot_be_imported_is_told_apart(tmp_path, monkeypatch):
    distribution(tmp_path, "older", "older_plugin", "xharness_api = 0\nimport nothing_of_this_name\n", monkeypatch)
    (warning,) = Registry.load().warnings
    assert "version 0 of the plugin API" in warning


def test_a_plugin_that_names_this_version_is_loaded(tmp_path):
    registry = Registry.load([plugin(tmp_path, "fits", "xharness_api = 1\n" + task("sib"))])
    assert registry.warnings == []
    assert registry.get("tasks", "sib").name == "sib"
