"""A training that was stopped, or killed, at any moment ends with the bits of one that was not."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from tests import processes
from tests.engine.trainings import KIND, SCHEDULE, STEPS, accuracy, classifier, main, run, same, weights
from tests.models import tiny_checkpoint
from xharness import StageError
from xharness.engine import resuming


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("resuming") / KIND, KIND, hidden=32)


def stopping(at):
    """Return a report that raises at a step, and the list of the steps it heard of."""
    heard = []

    def report(state):
        heard.append(state["step"])
        if state["step"] == at:
            raise Stopped

    return report, heard


def interrupted(path, scratch, at, schedule=SCHEDULE, **more):
    report, _ = stopping(at)
    with pytest.raises(Stopped):
        run(classifier(path), scratch, schedule, report=report, **more)


@pytest.mark.parametrize("evaluate", [None, accuracy])
@pytest.mark.parametrize("at", [10, 20, 30])
def test_a_training_that_was_stopped_ends_with_the_same_bits(encoder, tmp_path, evaluate, at):
    whole, resumed = classifier(encoder), classifier(encoder)
    wanted = run(whole, tmp_path / "whole", evaluate=evaluate)
    interrupted(encoder, tmp_path / "stopped", at, evaluate=evaluate)
    progress = run(resumed, tmp_path / "stopped", evaluate=evaluate)
    assert same(weights(whole), weights(resumed))
    for name in ("step", "tokens", "best", "history"):
        assert getattr(progress, name) == getattr(wanted, name), name


def test_what_was_done_is_not_done_again(encoder, tmp_path):
    interrupted(encoder, tmp_path, 20, evaluate=accuracy, save_every=1e9)
    report, heard = stopping(None)
    run(classifier(encoder), tmp_path, report=report, evaluate=accuracy, save_every=1e9)
    assert heard == [20, 21, 28, 30, 35, 36], "the last state was kept with the selection at step 14"


def test_a_training_that_was_finished_is_only_read(encoder, tmp_path):
    model, again = classifier(encoder), classifier(encoder)
    run(model, tmp_path, evaluate=accuracy)
    report, heard = stopping(None)
    progress = run(again, tmp_path, report=report, evaluate=accuracy)
    assert (heard, progress.step) == ([], STEPS)
    assert same(weights(model), weights(again))


@pytest.mark.parametrize("change", [{"learning_rate": 1e-3}, {"seed": 6}, {"epochs": 5}, {"batch_size": 8}])
def test_the_state_of_another_schedule_is_not_taken(encoder, tmp_path, change):
    schedule = replace(SCHEDULE, **change)
    fresh, other = classifier(encoder), classifier(encoder)
    run(fresh, tmp_path / "fresh", schedule)
    interrupted(encoder, tmp_path / "used", 20, evaluate=accuracy)
    run(other, tmp_path / "used", schedule)
    assert same(weights(fresh), weights(other))


def test_the_state_is_kept_only_as_often_as_asked(encoder, tmp_path):
    interrupted(encoder, tmp_path, 30, save_every=1e9)
    assert list(tmp_path.iterdir()) == []


def test_the_state_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    resuming.save_state(tmp_path, {"step": 1})

    def failing(content, file):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", failing)
    with pytest.raises(
        StageError, match=r"cannot save the training state \(no space left on device\); free disk space"
    ):
        resuming.save_state(tmp_path, {"step": 2})
    assert resuming.load_state(tmp_path) == {"step": 1}


def start(checkpoint, scratch, out):
    return processes.Process(main, checkpoint, scratch, out)


@pytest.mark.slow
def test_a_training_that_was_killed_ends_with_the_same_bits(encoder, tmp_path):
    scratch, killed, whole = tmp_path / "scratch", tmp_path / "killed.safetensors", tmp_path / "whole.safetensors"
    undisturbed = start(encoder, tmp_path / "other", whole)
    process = start(encoder, scratch, killed)
    while int(process.stdout.readline()) < 21:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not killed.exists()
    last, _ = start(encoder, scratch, killed).communicate()
    steps = [int(line) for line in last.splitlines()]
    assert (steps[0] > 14, steps[-1]) == (True, STEPS), "it went on from where it was"
    assert undisturbed.communicate()[0].endswith(f"\n{STEPS}\n")
    assert same(load_file(whole), load_file(killed))
