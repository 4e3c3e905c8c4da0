"""The Slurm executor writes a job script that a person can read, submits it, and follows its workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import toy
from tests.run.conftest import TOY
from xharness import Resources, Work, XHarnessError, api
from xharness.errors import BadRequest
from xharness.registry import Registry
from xharness_plugins.executors import slurm

SBATCH = """#!/bin/sh
[ "$1" = --parsable ] || exit 2
echo "$2" > {folder}/submitted
{answer}
"""


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Return a function that puts a fake Slurm in PATH: sbatch performs `answer`, squeue lists nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(slurm, "_ASK_EVERY", 0.0)
    monkeypatch.setattr("xharness.scale.saved_plan._POLL", 0.02)

    def _cluster(answer):
        texts = {"sbatch": SBATCH.format(folder=folder, answer=answer), "squeue": "#!/bin/sh\n"}
        texts["scancel"] = f'#!/bin/sh\necho "$1" > {folder}/cancelled\n'
        for name, text in texts.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        return folder

    return _cluster


@pytest.fixture
def run(tmp_path):
    toy.checkpoint(tmp_path / "model")
    registry = Registry.load([TOY], third_parties=False)

    def _run(out, executor="slurm", **params):
        given = {"model": str(tmp_path / "model"), "source": "toy", "dtype": "float32", "tasks": ["toy-tags"]}
        request = api.build({**given, "executor": executor, "params": params})
        where = {"out": tmp_path / out, "store": tmp_path / ("local" if executor == "local" else "store")}
        return api.run(request, registry=registry, **where)

    return _run


def cells(results):
    return [{name: value for name, value in cell.items() if name != "timing"} for cell in results["cells"]]


def test_workers_of_the_script_perform_the_run(cluster, run):
    folder = cluster('sh -c "exec bash $2" > /dev/null 2>&1; echo 77')  # the array is over when sbatch returns
    options = "--partition=gpu --gres=gpu:1"
    found = run("out", slurm_options=options, slurm_setup="export TOY_PAUSE=0")
    script = (folder / "submitted").read_text().strip()
    content = Path(script).read_text(encoding="utf-8")
    assert re.search(r"^#SBATCH --array=0-1\n", content, re.M)  # two works
    assert "\n#SBATCH --partition=gpu\n#SBATCH --gres=gpu:1\nexport TOY_PAUSE=0\n" in content
    assert re.search(
        rf"\nexec {re.escape(sys.executable)} -m xharness.cli.main worker \S+/store --plan slurm-", content
    )
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert [cell["status"] for cell in found["cells"]] == ["ok"] * 3
    assert cells(found) == cells(run("local", "local"))


def test_works_that_are_left_when_the_job_ends_fail(cluster, run):
    cluster("echo 77")
    found = run("out")
    assert {cell["status"] for cell in found["cells"]} == {"failed"}
    assert found["cells"][0]["reason"].startswith("all workers ended before they performed it; see the logs in ")


def test_without_waiting_it_says_what_to_do(cluster, run):
    cluster("echo '77;cluster'")
    with pytest.raises(XHarnessError, match=r"2 works are submitted as Slurm job 77; .* run the same command"):
        run("out", slurm_wait="no")


def test_an_interrupt_cancels_the_job(cluster, run, monkeypatch):
    folder = cluster("echo 77")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(slurm, "_listed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("out")
    assert (folder / "cancelled").read_text() == "77\n"


def test_a_refusal_of_slurm_is_shown(cluster, run):
    cluster("echo 'sbatch: error: invalid partition specified: gpux' >&2; exit 1")
    with pytest.raises(BadRequest, match=r"sbatch refused .*: sbatch: error: invalid partition specified: gpux; see"):
        run("out")
    with pytest.raises(BadRequest, match="slurm_wait"):
        run("out", slurm_wait="maybe")


def test_without_a_store_it_is_refused(cluster):
    folder = cluster("echo 77")
    works = [Work(key="one", needs=(), title="one", plan="{}", jobs=())]
    with pytest.raises(BadRequest, match="need a store"):
        slurm.SLURM.run(works, bool, print, Resources())
    assert not (folder / "submitted").exists()


def test_without_slurm_it_is_refused(run, monkeypatch):
    monkeypatch.setattr(slurm.shutil, "which", lambda _: None)
    with pytest.raises(BadRequest, match="no command sbatch on this machine"):
        run("out")
