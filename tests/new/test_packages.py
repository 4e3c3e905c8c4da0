"""Each package that `xharness new` writes passes its own tests and `ruff check`, as written."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from xharness.cli.main import main
from xharness.new.packages import WHATS
from xharness.new.shapes import SHAPES

ROOT = Path(__file__).parents[2]
WANTED = {**{what: [what] for what in WHATS}, **{kind: ["task", "--kind", kind] for kind in SHAPES}}
SLOW = "runs_end_to_end or batches_do_not_matter or a_resumed_run or results_can_be_read_back"


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
        [sys.executable, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )


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
        done = python(packages, "ruff", *words, ".")
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_their_own_tests_pass(packages):
    done = python(packages, "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
                  "--ignore-glob=*/test_conformance.py", *WANTED)  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("xharness.testing"), reason="xharness.testing is not installed")
def test_they_pass_the_checks_of_xharness(packages):
    tests = [f"{name}/tests/test_conformance.py" for name in WHATS]
    done = python(
        packages, "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-k", f"not ({SLOW})", *tests
    )
    assert done.returncode == 0, done.stdout
