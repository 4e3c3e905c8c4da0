"""The cost of cells with noise is estimated from how many of the first examples the noise changes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests import noises, toy
from tests.run.conftest import TOY
from xharness import api
from xharness.registry import Registry
from xharness.run.noisy_share import SAMPLED, Shares
from xharness.run.pricing import prices
from xharness.store.artifacts import Store

PARTLY = """
from xharness import Edit, Noise, hookimpl


def longer(text):
    if sum(map(ord, text.text)) % 2:
        yield Edit(0, 1, "x")


@hookimpl
def xharness_noises():
    for name, packages in (("partly", ()), ("from_package", ("numpy",))):
        yield Noise(name=name, summary="odd sums", family="n", edits=longer, packages=lambda language, p=packages: p)
"""


@pytest.fixture
def registry(tmp_path):
    (tmp_path / "partly.py").write_text(PARTLY, encoding="utf-8")
    return Registry.load([TOY, noises.__file__, str(tmp_path / "partly.py")], third_parties=False)


@pytest.fixture
def counted(registry, model, tmp_path):
    """Return a function to the numbers of examples that `plan` counts for a noise in `sw`, noisy and clean."""

    def _counted(noise, **more):
        wishes = {"model": model, "source": "toy", "tasks": ["toy-parity"], "languages": ["sw"]}
        plan = api.plan(api.build({**wishes, "noises": [noise], **more}), registry)
        found = prices(plan, registry, Store(tmp_path / "store"))
        noisy, clean = ([key for key in plan.jobs if (key in plan.clean) is side] for side in (True, False))
        predicted = [
            [found[key].examples for key in keys if plan.jobs[key].kind == "predict"] for keys in (noisy, clean)
        ]
        return tuple(map(sum, predicted))

    return _counted


def _odd(text):
    return sum(map(ord, text)) % 2


def test_only_the_share_of_examples_that_a_noise_changes_is_counted(counted, registry):
    texts = [row["text"] for row in toy.rows(registry.get("tasks", "toy-parity"), "sw", "test")]
    share = sum(map(_odd, texts[:SAMPLED])) / SAMPLED
    assert 0 < share < 1
    assert counted("partly:3") == (round(share * len(texts)), len(texts))
    few = sum(map(_odd, texts[:4]))
    assert counted("partly:3", limit=4) == (max(1, few), 4)


def test_a_noise_that_changes_no_sampled_example_counts_one(counted):
    assert counted("nothing:3") == (1, 30)


def test_after_some_splits_the_mean_of_those_that_were_measured_is_used(registry, monkeypatch):
    monkeypatch.setattr("xharness.run.noisy_share._MOST", 2)
    found = {"sw": 0.25, "en": 0.75, "zh": 0.1, "de": 0.5}
    monkeypatch.setattr("xharness.run.noisy_share.changed_share", lambda task, noise, params, sample: found[sample])
    shares = Shares()

    def share(language, severity=1):
        params = SimpleNamespace(noise="partly", severity=severity)
        return shares.share(None, None, params, lambda: language)

    assert [share("sw"), share("en"), share("zh"), share("de", severity=2), share("sw", severity=2)] == [
        0.25, 0.75, 0.5, 0.5, 0.5,
    ]  # fmt: skip


@pytest.mark.parametrize("noise", ["broken:3", "from_package:3"])
def test_all_examples_are_counted_where_the_share_is_not_cheap_to_know(counted, noise):
    assert counted(noise) == (30, 30)
