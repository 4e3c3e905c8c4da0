"""The kit as its users meet it: as a test module, as a plugin of pytest, and from Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import xharness.testing
from xharness.errors import BadRequest
from xharness.registry import Registry
from xharness.testing.suite import PluginSuite, is_plugin

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = """
from xharness import Metric, Scored, hookimpl


def compute(predictions, gold, language):
    if len(predictions) != len(gold) or not gold:
        from xharness import StageError
        raise StageError("as many predictions as examples, and at least one, are needed")
    right = sum(ours == theirs for ours, theirs in zip(predictions, gold, strict=True))
    return Scored(values={"right": BEST * right / len(gold)}, n=len(gold))


@hookimpl
def xharness_metrics():
    yield Metric(name="right", kinds=("classification",), compute=compute, signature="right|v:1", summary="share")
"""
TEST = """
import xharness.testing

test_conformance = xharness.testing.conformance("my_plugin")
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_plugin.py").write_text(PLUGIN.replace("BEST", "100"), encoding="utf-8")
    (tmp_path / "test_mine.py").write_text(TEST, encoding="utf-8")
    return tmp_path


def run_pytest(folder, *words):
    """Run pytest in a folder, as an author does; return the exit code and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xharness.testing.pytest_plugin", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # it is registered already where it is installed
    )
    return done.returncode, done.stdout + done.stderr


def test_a_test_module_has_a_case_for_each_object_and_check(folder):
    code, out = run_pytest(folder, "-v", "-k", "plugin or kinds_are_known", "test_mine.py")
    assert code == 0, out
    assert "test_conformance[plugin:my_plugin:imports_nothing_heavy] PASSED" in out
    assert "test_conformance[metric:right:kinds_are_known] PASSED" in out


def test_the_option_collects_without_a_test_file(folder):
    (folder / "test_mine.py").unlink()
    (folder / "my_plugin.py").write_text(PLUGIN.replace("yield Metric(", "yield dict("), encoding="utf-8")
    code, out = run_pytest(folder, "-v", "--xharness-plugin", "./my_plugin.py")
    assert code == 1, out
    assert "the plugin is disabled" in out
    assert "Traceback" not in out


def test_the_kit_costs_nothing_that_is_not_used():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, xharness.testing, xharness.testing.pytest_plugin as p; print(*sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(done.stdout.split())
    assert not {"torch", "datasets", "numpy", "transformers", "xharness.registry"} & modules


def test_an_unknown_plugin_is_refused():
    with pytest.raises(BadRequest, match="plugin 'no_such_plugin': no such module"):
        xharness.testing.conformance("no_such_plugin")


def test_a_module_object_is_taken():
    import tests.testing.faults.heavy

    suite = xharness.testing.PluginSuite(tests.testing.faults.heavy)
    assert suite.summary() == "plugin tests.testing.faults.heavy: 1 metric"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("./my_plugin.py", True), ("xharness_tasks", True), ("json", True), ("xharness-tasks", False),
        ("owner/name", False), ("hf:folder", False), ("./folder", False), ("no_such_module", False), ("tests", True),
    ],
)  # fmt: skip
def test_what_a_reference_means(name, expected, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert is_plugin(name, Registry.load(third_parties=False)) is expected


@pytest.mark.parametrize("reference", ["my-project", "my-project/my_plugin", "./my-project/"])
def test_the_folder_of_a_project_or_package_is_a_plugin(reference, tmp_path, monkeypatch):
    package = tmp_path / "my-project" / "my_plugin"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PLUGIN.replace("BEST", "100"), encoding="utf-8")
    (package.parent / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert is_plugin(reference, Registry.load(third_parties=False))
    assert [case.subject for case in PluginSuite(reference).cases() if case.check.group == "metrics"]
    (package.parent / "config.json").write_text("{}", encoding="utf-8")
    assert not is_plugin("my-project", Registry.load(third_parties=False))  # a checkpoint with code beside it
