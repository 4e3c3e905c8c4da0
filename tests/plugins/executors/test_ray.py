"""A Ray cluster does what one process does; a task whose process dies is started again, and nothing is left behind."""

from __future__ import annotations

import importlib.util
import json

import pytest

from tests.plugins.executors.conftest import MORTAL
from tests.run.conftest import TOY
from xharness import api
from xharness.errors import BadRequest, StoreError
from xharness.registry import Registry
from xharness_plugins.executors import ray_cluster

TASKS = ("toy-tags", "toy-parity")
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the package ray")


@pytest.fixture
def run(tmp_path):
    registry = Registry.load((TOY, MORTAL), third_parties=False)

    def _run(model, executor="ray", **fields):
        given = {"model": f"mortal:{model}", "source": "toy", "dtype": "float32", "device": "cpu", "tasks": TASKS}
        where = {"out": tmp_path / executor, "store": tmp_path / f"{executor}-store"}
        return api.run(api.build({**given, "executor": executor, **fields}), registry=registry, **where)

    return _run


@pytest.fixture
def cluster(monkeypatch):
    """Start a local Ray of two CPUs, which the executor finds and leaves running."""
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield ray
    ray.shutdown()


def scores(results):
    return [{name: value for name, value in cell.items() if name != "timing"} for cell in results["cells"]]


@needs_ray
@pytest.mark.slow
def test_a_cluster_does_what_one_process_does(run, mortal, cluster, tmp_path):
    model = mortal("killed", once=True)  # the first task is lost and started again
    found = run(model)
    here = run(model, "local")
    assert {cell["status"] for cell in found["cells"]} == {"ok"}
    assert scores(found) == scores(here)
    for cell in here["cells"]:
        name = cell["predictions"]
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()
    tokens = [sorted((row["work"], row["tokens"]) for row in each["run"]["timing"]) for each in (found, here)]
    assert tokens[0] == tokens[1]
    _failures(run, model)
    assert cluster.is_initialized()


def _failures(run, model):
    """Check works that fail and one that ends the run, on the same cluster; each with a seed that no run has used."""
    reasons = {"killed": "its Ray task was lost (", "failed": "RuntimeError: no luck"}
    for seed, (how, reason) in enumerate(reasons.items(), 2):
        (model / "mortal.json").write_text(json.dumps({"how": how, "once": False}), encoding="utf-8")
        results = run(model, params={"ray_max_retries": "0"}, seeds=[seed])
        found = {(cell["task"], cell["status"]): cell["reason"] for cell in results["cells"]}
        assert set(found) == {("toy-tags", "failed"), ("toy-parity", "ok")}
        assert found["toy-tags", "failed"].startswith(reason)
    (model / "mortal.json").write_text(json.dumps({"how": "full", "once": False}), encoding="utf-8")
    with pytest.raises(StoreError, match="cannot save it: no space left"):
        run(model, seeds=[4])


def test_without_ray_it_says_what_to_install(run, mortal, monkeypatch):
    monkeypatch.setattr(ray_cluster, "absent", lambda *names: list(names))
    with pytest.raises(BadRequest, match=r"executor 'ray' needs the package ray; run: pip install 'xharness\[ray\]'"):
        run(mortal())


@needs_ray
def test_an_address_without_a_cluster_is_refused(run, mortal):
    with pytest.raises(BadRequest, match=r"cannot connect to the Ray cluster '127.0.0.1:1': .*refused; start this"):
        run(mortal(), params={"ray_address": "127.0.0.1:1"})


@pytest.mark.parametrize(("name", "value"), [("ray_gpus", "-1"), ("ray_cpus", "0"), ("ray_max_retries", "no")])
def test_wrong_parameters_are_refused(run, mortal, name, value):
    with pytest.raises(BadRequest, match=name):
        run(mortal(), params={name: value})
