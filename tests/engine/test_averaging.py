"""The mean of a training's weights: after each tenth of the steps, stopped or not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.engine.test_resuming import interrupted
from tests.engine.trainings import KIND, SCHEDULE, STEPS, classifier, run, same, weights
from tests.models import tiny_checkpoint

TENTHS = [4, 8, 11, 15, 18, 22, 26, 29, 33, 36]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("averaging") / KIND, KIND, hidden=32)


def watched(model):
    """Return a report that keeps the weights of every step, for a loop that tells of each."""
    seen = {}

    def report(state):
        seen[state["step"]] = {name: value.clone() for name, value in weights(model).items()}

    return report, seen


def test_the_weights_are_the_mean_of_ten_steps(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("xharness.engine.training._REPORT_EVERY", 1)
    model = classifier(encoder)
    report, seen = watched(model)
    progress = run(model, tmp_path, report=report, average=True)
    assert (progress.step, progress.averaged, progress.best) == (STEPS, 10, None)
    for name, value in weights(model).items():
        wanted = torch.stack([seen[step][name].double() for step in TENTHS]).mean(dim=0)
        torch.testing.assert_close(value.double(), wanted, atol=1e-6, rtol=1e-5)
    assert not same(weights(model), seen[STEPS])


def test_the_steps_themselves_are_those_of_any_training(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("xharness.engine.training._REPORT_EVERY", 1)
    one, other = classifier(encoder), classifier(encoder)
    report, seen = watched(one)
    run(one, tmp_path / "one", report=report, average=True)
    run(other, tmp_path / "other")
    assert same(seen[STEPS], weights(other))


@pytest.mark.parametrize("at", [10, 20, 30])
def test_a_training_that_was_stopped_has_the_same_mean(encoder, tmp_path, at):
    whole, resumed = classifier(encoder), classifier(encoder)
    run(whole, tmp_path / "whole", average=True)
    interrupted(encoder, tmp_path / "stopped", at, average=True)
    assert run(resumed, tmp_path / "stopped", average=True).averaged == 10
    assert same(weights(whole), weights(resumed))


def test_a_state_that_kept_no_mean_is_not_taken(encoder, tmp_path):
    interrupted(encoder, tmp_path, 20)
    fresh, other = classifier(encoder), classifier(encoder)
    run(fresh, tmp_path / "fresh", average=True)
    run(other, tmp_path, average=True)
    assert same(weights(fresh), weights(other))


def test_fewer_than_ten_steps_are_all_averaged(encoder, tmp_path):
    assert run(classifier(encoder), tmp_path, replace(SCHEDULE, epochs=0.5), average=True).averaged == 3
