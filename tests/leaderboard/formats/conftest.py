"""Runs to publish, and what plugins declare of their tasks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.leaderboard import made
from xharness_leaderboard.formats import FORMATS

COMMIT = "0123456789abcdef" * 2 + "01234567"


class Declared:
    """The tasks of `made`, as a registry gives them."""

    def get(self, group, name):
        assert group == "metrics"
        return SimpleNamespace(name=name, higher_is_better=name != "checklist_error")

    def all(self, group):
        return list({"tasks": made.TASKS, "suites": made.SUITES, "sources": {}}[group].values())


@pytest.fixture
def publish(tmp_path):
    """Return what puts cells in a run and makes its files in a format."""

    def _publish(form, cells, seed=None, drawn=False, **wishes):
        seeds = sorted({cell["seed"] for cell in cells})
        what = made.content(cells, seeds=seeds, **wishes)
        folder = tmp_path / "run"
        (made.draw if drawn else made.save)(folder, what)
        return next(each for each in FORMATS if each.name == form).make(folder, Declared(), seed)

    return _publish


def on_hub(record, config=None, split="test"):
    """Return a cell whose examples the source `hub` read, with the fingerprint that it gives them."""
    task, code = record["task"], record["language"]
    place = f"owner/{task}@{COMMIT}:{code if config is None else config}:{split}"
    return record | {"source": "hub", "data": {"examples": f"hub:{place}:{task}:{code}:test:abcd0123"}}


def everything(**more):
    """Return cells that complete the suite `both`, with awkward numbers."""
    return made.every("nli", level=100 / 3, **more) + made.every("qa", level=0.1 + 0.2, **more)
