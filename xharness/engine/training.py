"""The training loop of all fine-tuning, with any number of heads.

AdamW (eps 1e-8), linear decay after a warm-up, gradients clipped at norm 1, as in the official scripts
(run_classify.py, run_tag.py and run_squad.py in github.com/google-research/xtreme, third_party).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.engine import resuming
from xharness.engine.memory import Trimmer
from xharness.engine.objectives import Objective
from xharness.engine.task_sampling import Sampler
from xharness.errors import StageError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor, nn

_REPORT_EVERY = 10
_SAVING_SHARE = 0.05
_SNAPSHOTS = 10
_BUDGET = {"cpu": 2**11, "cuda": 2**12}


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Hyperparameters of a training.

    An optimiser step takes `batch_size` examples. `warmup_steps` below 1 is a fraction of all steps. The model is
    evaluated every `eval_steps` steps. `cap` and `exponent` distribute the steps over several objectives (see
    `task_sampling.shares`).
    """

    epochs: float
    batch_size: int
    learning_rate: float
    warmup_steps: float = 0
    weight_decay: float = 0.0
    eval_steps: int = 500
    seed: int = 1
    cap: int | None = None
    exponent: float = 1.0


@dataclass
class TrainingProgress:
    """The progress of a training, saved with its state.

    `loss` is the mean since the last report, `losses` the loss of each step in the last tenth of the training. `best`
    is (step, dev score) and `history` contains all of them. `averaged` counts the snapshots in the weight average,
    `warmup` the warm-up steps.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    best: tuple[int, float] | None = None
    history: list[tuple[int, float]] = field(default_factory=list)
    averaged: int = 0
    warmup: int = 0
    losses: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The environment of a training: device, precision, folder of its state, and progress callback.

    A batch has at most `budget` tokens, padding included (None: the default of the device). The state is saved about
    every `save_every` seconds.
    """

    device: torch.device
    dtype: torch.dtype
    scratch: Path
    report: Callable[[Mapping[str, Any]], None]
    save_every: float = 60.0
    budget: int | None = None


def train(
    model: nn.Module,
    objectives: Sequence[Objective],
    schedule: Schedule,
    workplace: Workplace,
    evaluate: Callable[[nn.Module], float] | None = None,
    average: bool = False,
) -> TrainingProgress:
    """Train a model in place and return its progress; resume if the folder contains the state of the same training.

    With `evaluate` (higher is better), the model is evaluated every `eval_steps` steps and at the end, and gets the
    weights with the best score. With `average` it gets the mean of the weights after each tenth of the steps (Schmidt
    et al. 2023, Free Lunch: Robust Cross-Lingual Transfer via Model Checkpoint Averaging, ACL). Otherwise it has the
    weights of the last step. Weights are float32; with bfloat16, autocast computes the matrix products in it. Batches
    and dropout depend only on the seed and the step, so that on a CPU a resumed training gives bit-identical weights.
    Raises StageError if there are no training examples, or the loss is not finite.
    """
    if not objectives or any(len(each.lengths) == 0 for each in objectives):
        raise StageError("no training examples; check the training data and its languages")
    return _Loop(model, objectives, schedule, workplace, evaluate, average).run()


class _Loop:
    def __init__(
        self,
        model: nn.Module,
        objectives: Sequence[Objective],
        schedule: Schedule,
        workplace: Workplace,
        evaluate: Callable[[nn.Module], float] | None,
        average: bool,
    ) -> None:
        from accelerate import Accelerator

        self.objectives, self.schedule, self.workplace, self.evaluate = objectives, schedule, workplace, evaluate
        self.budget = workplace.budget or _BUDGET.get(workplace.device.type, _BUDGET["cuda"])
        self.trim = Trimmer() if workplace.device.type == "cpu" else None
        self.sampler = Sampler(
            [each.lengths for each in objectives],
            schedule.epochs,
            schedule.batch_size,
            schedule.seed,
            schedule.cap,
            schedule.exponent,
            [each.share for each in objectives],
        )
        self.weights = {name: value for name, value in model.named_parameters() if value.requires_grad}
        self.accelerator = Accelerator(device_placement=False)
        self.model, self.optimizer = self.accelerator.prepare(model.to(workplace.device), self._optimizer())
        self.progress = TrainingProgress()
        self.mean: dict[str, Tensor] = {}
        self.snapshots = _tenths(self.sampler.total) if average else frozenset()
        self.unreported: list[Tensor] = []
        self.saved_at, self.saving = time.monotonic(), 0.0

    def _optimizer(self) -> torch.optim.Optimizer:
        import torch

        parameters = list(self.weights.values())
        groups = [
            {"params": [each for each in parameters if each.ndim > 1], "weight_decay": self.schedule.weight_decay},
            {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
        ]
        fused = self.workplace.device.type in ("cpu", "cuda")
        return torch.optim.AdamW(groups, lr=self.schedule.learning_rate, eps=1e-8, fused=fused)

    def run(self) -> TrainingProgress:
        self._resume()
        self.progress.warmup = self._warmup()
        clock = time.monotonic()
        while self.progress.step < self.sampler.total:
            self._step()
            now = time.monotonic()
            self.progress.seconds, clock = self.progress.seconds + now - clock, now
            last = self.progress.step == self.sampler.total
            if self.progress.step in self.snapshots:
                self._average()
            evaluates = self.evaluate and (last or self.progress.step % self.schedule.eval_steps == 0)
            if not evaluates and (last or self.progress.step % _REPORT_EVERY == 0):
                self._report()
            if evaluates:
                self._select()
            elif now - self.saved_at > max(self.workplace.save_every, self.saving / _SAVING_SHARE):
                self._save()
        if self.progress.best:
            self._set_weights(resuming.load_best(self.workplace.scratch, self.progress.best[0]))
        if self.mean:
            self._set_weights(self.mean)
        return self.progress

    def _step(self) -> None:
        import torch

        number = self.progress.step
        which, rows = self.sampler.step(number)
        objective = self.objectives[which]
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.learning_rate * self._rate(number)
        while True:
            # Dropout depends only on seed and step, so that no generator state has to be saved.
            _seed((self.schedule.seed << 32) + number, self.workplace.device)
            try:
                loss, count = self._gradients(objective, rows)
                break
            except torch.cuda.OutOfMemoryError as error:
                self._halve(int(objective.lengths[rows].max()), error)
        for parameter in self.weights.values():
            if parameter.grad is not None:
                parameter.grad.div_(count)
        self.accelerator.clip_grad_norm_(self.weights.values(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.unreported.append(loss / count)
        self.progress.step += 1
        self.progress.tokens += int(objective.lengths[rows].sum())

    def _gradients(self, objective: Objective, rows: np.ndarray) -> tuple[Tensor, int]:
        import torch

        total, terms = torch.zeros((), device=self.workplace.device), 0
        for part in objective.parts(objective.lengths[rows], self.budget):
            batch = {name: value.to(self.workplace.device) for name, value in objective.batch(rows[part]).items()}
            with torch.autocast(
                self.workplace.device.type, torch.bfloat16, enabled=self.workplace.dtype == torch.bfloat16
            ):
                loss, count = objective.loss(self.model, batch)
            self.accelerator.backward(loss)
            if self.trim:
                self.trim()
            total, terms = total + loss.detach(), terms + count
        return total, max(terms, 1)

    def _halve(self, longest: int, error: Exception) -> None:
        import torch

        self.optimizer.zero_grad(set_to_none=True)
        torch.cuda.empty_cache()
        if self.budget <= longest:
            raise StageError(
                f"out of memory on a batch of one example of {longest} tokens; lower --param max_length"
            ) from error
        self.budget = max(self.budget // 2, longest)

    def _rate(self, number: int) -> float:
        total, warmup = self.sampler.total, self._warmup()
        return number / warmup if number < warmup else (total - number) / max(1, total - warmup)

    def _warmup(self) -> int:
        steps = self.schedule.warmup_steps
        return round(steps * self.sampler.total) if steps < 1 else round(steps)

    def _report(self) -> None:
        self._check()
        self.workplace.report(self._status())

    def _check(self) -> None:
        """Add the losses since the last report to the progress; raise StageError if the loss is not finite."""
        import torch

        progress = self.progress
        if self.unreported:
            losses = torch.stack(self.unreported).tolist()
            progress.loss = sum(losses) / len(losses)
            last_tenth = self.sampler.total - max(1, self.sampler.total // 10)
            first = progress.step - len(losses)
            progress.losses += [loss for step, loss in enumerate(losses, first) if step >= last_tenth]
            self.unreported.clear()
        if progress.loss != progress.loss or abs(progress.loss) == float("inf"):
            raise StageError(
                f"the training loss at step {progress.step} is {progress.loss}; lower --param learning_rate, or use "
                "--dtype float32"
            )

    def _status(self) -> dict[str, Any]:
        progress = self.progress
        return {
            "step": progress.step,
            "total_steps": self.sampler.total,
            "loss": progress.loss,
            "tokens": progress.tokens,
            "tokens_per_second": progress.tokens / max(progress.seconds, 1e-9),
        }

    def _select(self) -> None:
        assert self.evaluate is not None
        progress = self.progress
        self._check()
        self.model.eval()
        score = self.evaluate(self.model)
        progress.history.append((progress.step, score))
        if progress.best is None or score > progress.best[1]:
            progress.best = (progress.step, score)
            resuming.save_best(self.workplace.scratch, progress.step, self._copy_weights())
        self._save()
        resuming.forget_others(self.workplace.scratch, progress.best[0])
        self.workplace.report({**self._status(), "dev": score})

    def _average(self) -> None:
        self.progress.averaged += 1
        for name, value in self._copy_weights().items():
            mean = self.mean.setdefault(name, value.clone())
            mean += (value - mean) / self.progress.averaged

    def _save(self) -> None:
        self._check()
        started = time.monotonic()
        state = {"weights": self._copy_weights(), "optimizer": self.optimizer.state_dict(), "plan": self._plan()}
        resuming.save_state(self.workplace.scratch, {**state, "progress": vars(self.progress), "mean": self.mean})
        self.saved_at = time.monotonic()
        self.saving = self.saved_at - started

    def _resume(self) -> None:
        state = resuming.load_state(self.workplace.scratch)
        if state is None or state["plan"] != self._plan():
            return
        self._set_weights(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = TrainingProgress(**state["progress"])
        self.mean = dict(state["mean"])

    def _plan(self) -> dict[str, Any]:
        snapshots = sorted(self.snapshots)
        return {
            **vars(self.schedule),
            "steps": self.sampler.total,
            "weights": sorted(self.weights),
            "snapshots": snapshots,
        }

    def _copy_weights(self) -> dict[str, Tensor]:
        return {name: value.detach().cpu() for name, value in self.weights.items()}

    def _set_weights(self, weights: Mapping[str, Tensor]) -> None:
        import torch

        with torch.no_grad():
            for name, value in weights.items():
                self.weights[name].copy_(value)


def _seed(number: int, device: torch.device) -> None:
    """Seed the generators that a training on a device draws from."""
    import torch

    # On a CPU torch.manual_seed also formats and keeps the stack, for accelerators that may be used later.
    seed = torch.default_generator.manual_seed if device.type == "cpu" else torch.manual_seed
    seed(number)


def _tenths(total: int) -> frozenset[int]:
    """Return the last step of each tenth of a training."""
    return frozenset(-(-total * number // _SNAPSHOTS) for number in range(1, _SNAPSHOTS + 1))
