"""The examples of the task are read."""

from pathlib import Path

import pytest
from xharness import DataOptions
from xharness.registry import Registry

REGISTRY = Registry.load(["xharness_sib200"], third_parties=False)
TASK = REGISTRY.get("tasks", "sib200")
DATA = DataOptions(root=Path(__file__).parent / "hub")


@pytest.mark.parametrize("language", TASK.languages)
def test_examples_are_read(language):
    rows = REGISTRY.get("sources", "hub").load(TASK, language, "test", DATA)
    assert len(rows) > 0
    assert set(rows.column_names) == set(TASK.kind.columns)
