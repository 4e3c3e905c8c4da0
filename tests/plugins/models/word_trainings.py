"""Trainings in words on yes and no answers to the lines of `TEXT`, and what is asked after them."""

from __future__ import annotations

from tests.models import TEXT
from xharness import Continuation, LoadOptions, Lora, TaskTraining, Training, TrainingTexts, Tuning
from xharness.registry import Registry

OPTIONS = LoadOptions(device="cpu", dtype="float32")
CHOICES = (" yes", " no")
RIGHT = [0, 1, 1, 0, 1, 0, 0, 1]
ASKED = [Continuation(f"{line}, right?", choice) for line in TEXT[:8] for choice in CHOICES]
ANSWERS = [ASKED[2 * number + right] for number, right in enumerate(RIGHT)]
TUNING = Tuning(epochs=30, batch_size=8, learning_rate=5e-3, selection="dev", eval_steps=1000)
LORA = Lora(rank=16, alpha=32.0, dropout=0.0, targets=("query", "value"))


def trained(adapter, path, out, parts=(ANSWERS,), tuning=TUNING, dev_score=None, options=OPTIONS, params=None, **more):
    """Train on texts in words, in each part those of one task, and return the report."""
    names = ("xnli", "pawsx")[: len(parts)]
    tasks = [Registry.load([], third_parties=False).get("tasks", name) for name in names]
    words = [TrainingTexts(texts=part, params=params or {}, dev_score=dev_score) for part in parts]
    scratch = out.parent / f"{out.name}.scratch"
    scratch.mkdir()
    return adapter.train(
        Training(
            path=path,
            tasks=tuple(
                TaskTraining(task=task, tuning=tuning, train=(), words=own)
                for task, own in zip(tasks, words, strict=True)
            ),
            tuning=tuning,
            seed=1,
            head=None if len(parts) > 1 else names[0],
            out=out,
            scratch=scratch,
            options=options,
            **{"report": lambda report: None, **more},
        )
    )


def scores(adapter, path, asked=ASKED, options=OPTIONS):
    return list(adapter.load(path, "loglikelihood", None, {}, options).loglikelihood(iter(asked)))


def chosen(values):
    return [int(values[number + 1] > values[number]) for number in range(0, len(values), 2)]
