"""Where examples come from: as the source `hub` itself names what it read."""

from __future__ import annotations

import pytest

from tests.leaderboard.formats.conftest import COMMIT
from xharness import Classification, DataOptions, hub
from xharness_leaderboard.formats.origin import Origin, origin_of
from xharness_plugins.sources.hub import HUB

TWO = f"hub:a/b@{COMMIT}:c:test+d/e@{COMMIT}:c:test:t:sw:test:0"


@pytest.mark.parametrize(("config", "known"), [("x-{lang}", "x-sw"), (None, None)])
def test_a_dataset_of_the_hub_is_known_by_its_fingerprint(config, known):
    data = hub("owner/data.set-1", config=config, revision=COMMIT)
    task = Classification(name="t", languages=("sw",), labels=("a", "b"), data=data)
    name = HUB.fingerprint(task, "sw", "dev", DataOptions())
    assert origin_of({"data": {"examples": name}}) == Origin("owner/data.set-1", COMMIT, known, "validation")


@pytest.mark.parametrize("name", ["local:t:sw:test:0", f"hub:{'0' * 32}:t:sw:test:0", TWO, "hub:a/b@main:c:test:t", ""])
def test_nothing_else_is(name):
    assert origin_of({"data": {"examples": name}}) is None
    assert origin_of({"data": {}}) is None
