"""The training loop does what a plain torch loop does, keeps the best, and goes on after any kill."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from tests.engine.trainings import KIND, SCHEDULE, STEPS, accuracy, classes, classifier, run, same, weights, workplace
from tests.models import TEXT, tiny_checkpoint
from xharness import StageError
from xharness.engine.objectives import class_loss
from xharness.engine.task_sampling import Sampler
from xharness.engine.training import Schedule, train

SHORT = Schedule(epochs=1, batch_size=8, learning_rate=1e-3, eval_steps=1000)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("training") / KIND, KIND, hidden=32)


@contextmanager
def steps_watched():
    """Collect the learning rate and the gradients that every optimiser step works with."""
    seen = []

    def hook(optimizer, args, kwargs):
        groups = optimizer.param_groups
        gradients = [each.grad.clone().flatten() for group in groups for each in group["params"]]
        seen.append((groups[0]["lr"], torch.cat(gradients)))

    handle = register_optimizer_step_pre_hook(hook)
    try:
        yield seen
    finally:
        handle.remove()


def by_hand(model, made, schedule):
    """Plain torch: the official scripts' optimiser, schedule and clipping, the loss by transformers."""
    from transformers import get_linear_schedule_with_warmup

    sampler = Sampler([made.lengths], schedule.epochs, schedule.batch_size, schedule.seed)
    spared = ("bias", "LayerNorm.weight")
    named = list(model.named_parameters())
    groups = [
        {"params": [p for n, p in named if not n.endswith(spared)], "weight_decay": schedule.weight_decay},
        {"params": [p for n, p in named if n.endswith(spared)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=schedule.learning_rate, eps=1e-8)
    scheduler = get_linear_schedule_with_warmup(optimizer, schedule.warmup_steps, sampler.total)
    model.train()
    norms = []
    for number in range(sampler.total):
        batch = dict(made.batch(sampler.step(number)[1]))
        model(**batch, labels=batch.pop("targets")[:, 0]).loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)))
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    return norms


def test_a_training_is_that_of_a_plain_torch_loop(encoder, tmp_path):
    ours, plain = classifier(encoder, dropout=0, std=0.5), classifier(encoder, dropout=0, std=0.5)
    schedule = Schedule(epochs=3, batch_size=5, learning_rate=1e-3, warmup_steps=4, weight_decay=0.1, seed=2)
    with steps_watched() as seen:
        run(ours, tmp_path, schedule)
    with steps_watched() as wanted:
        norms = by_hand(plain, classes(), schedule)
    assert min(norms) < 1 < max(norms), "both clipped and unclipped steps are wanted"
    assert [rate for rate, _ in seen] == pytest.approx([rate for rate, _ in wanted])
    for (_, one), (_, other) in zip(seen, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=2e-5)
    for name, value in weights(plain).items():
        # The gradient of a key's bias is nought but rounding, which Adam makes large.
        if not name.endswith("key.bias"):
            torch.testing.assert_close(weights(ours)[name], value, rtol=1e-3, atol=2e-4, msg=name)


def test_parts_of_a_batch_give_the_gradient_of_the_whole(encoder, tmp_path):
    found = []
    for budget in (100_000, 90, 1):
        with steps_watched() as seen:
            run(classifier(encoder, dropout=0, std=0.01), tmp_path / str(budget), SHORT, budget=budget)
        found.append(seen[0][1])
    assert 0 < found[0].norm() < 0.99, "a clipped gradient would hide its size"
    for other in found[1:]:
        torch.testing.assert_close(found[0], other, rtol=1e-4, atol=1e-6)


def test_bfloat16_products_with_float32_weights(encoder, tmp_path):
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        model = classifier(encoder, dropout=0)
        with steps_watched() as seen:
            run(model, tmp_path / str(dtype), SHORT, dtype=dtype)
        found.append(seen[0][1])
        assert {value.dtype for value in weights(model).values()} == {torch.float32}
    assert not torch.equal(*found)
    assert torch.cosine_similarity(*found, dim=0) > 0.99


def test_a_tiny_task_is_learned(encoder, tmp_path):
    model = classifier(encoder)
    assert accuracy(model.eval()) < 0.8
    progress = run(model, tmp_path, replace(SCHEDULE, epochs=20))
    assert accuracy(model.eval()) == 1.0
    assert progress.loss < 0.1
    assert (progress.step, progress.tokens) == (20 * 6, 20 * classes().lengths.sum())
    assert (progress.best, progress.history) == (None, [])


def test_several_objectives_are_learned_together(encoder, tmp_path):
    counted = {}

    def watched(name):
        def loss(model, batch):
            counted[name] = counted.get(name, 0) + len(batch["input_ids"])
            return class_loss(model, batch)

        return loss

    made = [replace(classes(lines=TEXT[a:b]), loss=watched(b)) for a, b in ((0, 16), (16, 23))]
    run(classifier(encoder), tmp_path, replace(SHORT, epochs=2), made)
    assert counted == {16: 32, 23: 14}


def test_the_best_weights_are_kept(encoder, tmp_path):
    scores, seen = iter([10.0, 30.0, 20.0, 30.0, 5.0, 1.0]), []

    def evaluate(model):
        assert not model.training
        seen.append(weights(model))
        return next(scores)

    model = classifier(encoder)
    progress = run(model, tmp_path, evaluate=evaluate)
    assert progress.best == (14, 30.0)
    assert progress.history == [(7, 10.0), (14, 30.0), (21, 20.0), (28, 30.0), (35, 5.0), (36, 1.0)]
    assert same(weights(model), seen[1])
    assert not same(weights(model), seen[3])


def test_scratch_holds_the_state_and_the_best_alone(encoder, tmp_path):
    scores, most = iter(range(10)), 0

    def report(state):
        nonlocal most
        most = max(most, len(list(tmp_path.iterdir())))

    for name in ("training.tmp", "best-3.tmp", "best-2.pt"):
        (tmp_path / name).write_bytes(b"half written by a training that was killed")
    run(classifier(encoder), tmp_path, report=report, evaluate=lambda model: float(next(scores)))
    assert {file.name for file in tmp_path.iterdir()} == {"training.pt", "best-36.pt"}
    assert most <= 4


def test_what_is_reported(encoder, tmp_path):
    told = []
    run(classifier(encoder), tmp_path, replace(SCHEDULE, eval_steps=20), report=told.append, evaluate=accuracy)
    assert [(state["step"], "dev" in state) for state in told] == [
        (10, False), (20, True), (30, False), (36, True),
    ]  # fmt: skip
    assert all(state["total_steps"] == STEPS and state["tokens_per_second"] > 0 for state in told)
    assert told[0]["loss"] > told[-1]["loss"] > 0
    assert told[-1]["tokens"] == 6 * classes().lengths.sum()


def test_a_loss_that_is_not_finite_is_an_error(encoder, tmp_path):
    with pytest.raises(StageError, match=r"the training loss at step \d+ is (nan|inf); lower --param learning_rate"):
        run(classifier(encoder), tmp_path, replace(SCHEDULE, learning_rate=1e20, warmup_steps=0))


@pytest.mark.parametrize("lines", [None, []])
def test_no_example_is_an_error(encoder, tmp_path, lines):
    made = [] if lines is None else [replace(classes(), lengths=np.array([], dtype=int))]
    with pytest.raises(StageError, match="no training examples"):
        train(classifier(encoder), made, SHORT, workplace(tmp_path))


def test_out_of_memory_cuts_the_batch_and_goes_on(encoder, tmp_path):
    def loss(model, batch):
        found = class_loss(model, batch)
        if len(batch["input_ids"]) > 2:
            raise torch.cuda.OutOfMemoryError("no memory")
        return found

    ours, other = classifier(encoder), classifier(encoder)
    run(ours, tmp_path / "ours", SHORT, [replace(classes(), loss=loss)], budget=320)
    run(other, tmp_path / "other", SHORT, budget=80)
    assert same(weights(ours), weights(other))


def test_one_example_that_does_not_fit_is_an_error_that_says_so(encoder, tmp_path):
    def loss(model, batch):
        raise torch.cuda.OutOfMemoryError("no memory")

    with pytest.raises(StageError, match=r"out of memory on a batch of one example of \d+ tokens"):
        run(classifier(encoder), tmp_path, SHORT, [replace(classes(), loss=loss)])


def test_a_warm_up_below_one_is_a_share_of_all_steps(encoder, tmp_path):
    rates = {}
    for name, steps in (("share", 0.25), ("steps", STEPS // 4)):
        with steps_watched() as seen:
            progress = run(classifier(encoder), tmp_path / name, replace(SCHEDULE, warmup_steps=steps))
        rates[name] = [rate for rate, _ in seen]
        assert progress.warmup == STEPS // 4
    assert rates["share"] == rates["steps"]
    assert rates["share"].index(SCHEDULE.learning_rate) == STEPS // 4
