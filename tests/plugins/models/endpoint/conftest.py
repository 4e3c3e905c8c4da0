"""A local server, folders that name it, and waits that are counted instead of waited."""

from __future__ import annotations

import pytest

from tests.endpoint_server import EndpointServer
from xharness import LoadOptions
from xharness_plugins.models.endpoint import client
from xharness_plugins.models.endpoint.adapter import ENDPOINT


@pytest.fixture
def server():
    with EndpointServer() as running:
        yield running


@pytest.fixture
def waits(monkeypatch):
    """Return the list of the waits in seconds that a client would have made."""
    made: list[float] = []

    def pause(self, seconds, stop):
        if seconds:
            made.append(seconds)

    monkeypatch.setattr(client.Client, "_pause", pause)
    monkeypatch.setattr(client.random, "uniform", lambda low, high: high)
    return made


@pytest.fixture
def load(tmp_path):
    """Return what loads the endpoint in a folder; models that one test loads share a cache, and not a run."""

    def loaded(folder, capability="generate", *, shared=None, cache=True, **params):
        options = LoadOptions(cache=tmp_path / "cache" if cache else None, shared={} if shared is None else shared)
        return ENDPOINT.load(folder, capability, None, params, options)

    return loaded
