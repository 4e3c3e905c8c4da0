"""A real tiny checkpoint, small files in the official layouts, and the command line run on them in this process."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import files
from tests.models import tiny_checkpoint
from xharness.cli.main import main

LANGUAGES = tuple(files.LEXICON)
TUNING = ("--param", "learning_rate=3e-3", "--param", "warmup_steps=0", "--param", "epochs=8", "--dtype", "float32")


@dataclass(frozen=True)
class Done:
    """What a command gave back."""

    code: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)

    def refused(self) -> str:
        """Return the one line of a bad request that was refused."""
        [line] = self.err.splitlines()
        assert (self.code, self.out) == (2, ""), line
        return line


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("models") / "tiny", hidden=32)


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    return files.write(tmp_path_factory.mktemp("files") / "data")


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Return what runs a command line in `tmp_path`, with no third party's plugin and a store of its own."""
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Done:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Done(code, *capsys.readouterr())

    return run


def words(checkpoint: Path, data: Path, *tasks: str, languages=LANGUAGES) -> list[object]:
    """Return the words of a zero-shot run of some tasks on the small files."""
    chosen = [word for task in tasks for word in ("--task", task)]
    chosen += [word for code in languages for word in ("--lang", code)]
    return [checkpoint, "--source", "local", "--data", data, *chosen, *TUNING]


@pytest.fixture(scope="session")
def finished(tmp_path_factory, checkpoint, data) -> Path:
    """Return a folder with the store and the run of every task, finished; use copies of them."""
    folder = tmp_path_factory.mktemp("finished")
    asked = [*words(checkpoint, data, *files.TASKS), "--keep-checkpoints"]
    code = main(
        ["run", "--no-plugins", *map(str, asked), "--out", str(folder / "run"), "--store", str(folder / "store")]
    )
    assert code == 0
    return folder


@pytest.fixture
def warm(finished, tmp_path) -> Path:
    """Return a folder of the test's own with copies of the finished store and run."""
    shutil.copytree(finished, tmp_path / "warm")
    return tmp_path / "warm"
