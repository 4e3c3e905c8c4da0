"""Each package that `xharness new` writes passes its own tests and `ruff check`, as written."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from xharness.cli.main import main
from xharness.new.forms import FORMS
from xharness.new.packages import WHATS
from xharness.registry import Registry
from xharness.testing import PluginSuite
from xharness.testing.plugins import HEAVY

KINDS = [kind for kind in FORMS if kind != "classification"]  # that is the default of `task`
WANTED = {**{what: [what] for what in WHATS}, **{kind: ["task", "--kind", kind] for kind in KINDS}}
SLOW = {"runs_end_to_end", "batches_do_not_matter", "a_resumed_run_is_the_same", "results_can_be_read_back"}
PROBE = """
import sys
from xharness.registry import SPECS, Registry
registry = Registry.load(sys.argv[1:], third_parties=False)
assert len([plugin for plugin in registry.plugins if not plugin.built_in]) == len(sys.argv) - 1
for group in SPECS:
    registry.names(group)
print(*sys.modules)
"""


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Return a folder with one package of each type and of each kind of task."""
    folder = tmp_path_factory.mktemp("packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XHARNESS_PLUGINS", "")
        for name, (what, *options) in WANTED.items():
            assert main(["new", what, f"own-{name}", *options, "--out", str(folder / name)]) == 0
    return folder


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    paths = [*sys.path, *(str(folder / name) for name in WANTED)]  # as if they were installed
    environment = {**os.environ, "XHARNESS_PLUGINS": "", "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )


def package(folder: Path, name: str) -> str:
    return next(str(path.parent) for path in (folder / name).glob("xharness_*/__init__.py"))


def test_they_are_complete_and_small(packages):
    for name in WANTED:
        files = {path.relative_to(packages / name).as_posix() for path in (packages / name).rglob("*")}
        assert {"README.md", ".github/workflows/test.yml", "tests/test_conformance.py"} <= files
        about = tomllib.loads((packages / name / "pyproject.toml").read_text("utf-8"))
        ((point, module),) = about["project"]["entry-points"]["xharness"].items()
        assert module == f"xharness_{point}"
        for path in (packages / name / module).glob("*.py"):
            code = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
            assert len(code) < 30, path
        assert "${{ matrix.python }}" in (packages / name / ".github/workflows/test.yml").read_text("utf-8")


def test_ruff_finds_nothing(packages):
    for words in (["check"], ["format", "--check"]):
        done = python(packages, "-m", "ruff", *words, ".")
        assert done.returncode == 0, done.stdout


def test_every_kind_has_a_package():
    assert set(FORMS) == set(Registry.load(third_parties=False).names("kinds"))


@pytest.mark.slow
def test_their_own_tests_pass_and_one_is_checked_by_pytest(packages):
    ignored = [f"--ignore={name}/tests/test_conformance.py" for name in WANTED if name != "task"]
    done = python(packages, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
                  "-k", f"not ({' or '.join(SLOW)})", *ignored, *WANTED)  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", WANTED)
def test_they_pass_the_checks_of_xharness(packages, name, monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    cases = PluginSuite(package(packages, name)).cases()
    verdicts = {case.id: case.verdict() for case in cases if case.check.name not in SLOW | {"imports_nothing_heavy"}}
    assert {key: verdict for key, verdict in verdicts.items() if verdict.state in ("failed", "warned")} == {}
    assert name not in FORMS or verdicts[f"task:own-{name}:rows_are_valid"].state == "ok"


def test_listing_them_imports_nothing_heavy(packages):
    done = python(packages, "-c", PROBE, *(package(packages, name) for name in WANTED))
    assert done.returncode == 0, done.stderr
    assert not set(HEAVY) & set(done.stdout.split())
