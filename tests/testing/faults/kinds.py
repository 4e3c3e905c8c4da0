"""Kinds with one fault each; the task of each is about words and whether they are spelt right."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

from tests.testing.faults import Fault, plugin
from xharness import Column, Kind, Metric, Scored, StageError, Task, head, mini

calls = itertools.count()


def words_right(predictions, gold, language):
    if not gold or len(predictions) != len(gold):
        raise StageError("numbers differ")
    right = sum(ours == theirs for ours, theirs in zip(predictions, gold, strict=True))
    return Scored(values={"words_right": 100 * right / len(gold)}, n=len(gold))


def rows(language, split, size):
    return [{"typed": f"teh{number}", "meant": f"the{number}"} for number in range(size)]


def as_meant(task, examples, right):
    return [{"prediction": example["meant"] if right else ""} for example in examples]


def kind(name, **fields):
    usual = {
        "summary": "a word is spelt right",
        "ways": (head("correct"),),
        "columns": {"typed": Column("as typed", noise="usually"), "meant": Column("as meant", optional=True)},
        "gold": lambda examples: [example["meant"] for example in examples],
        "has_gold": lambda gold, task: None not in gold,
        "metrics": ("words_right",),
        "headline": ("words_right",),
        "needs_finetuning": False,
    }
    return Kind(name=name, **usual | fields)


KINDS = [
    kind("wayless", ways=(), metrics=("words_rigt",)),
    kind("strict", check=lambda row, labels: "the word is misspelt" if row["typed"] != row["meant"] else None),
    kind("unfit", predictions=lambda rows: [row["prediction"].upper() for row in rows], trial=as_meant),
    kind("greedy", noise=lambda row, noiser: {**row, "meant": noiser.text("typed", row["typed"])}),
    kind("shorter", shuffle=lambda rows, draw: list(rows)[1:]),
    kind("dated", settings=lambda task: {"today": date(2020, 1, 1)}),
]  # fmt: skip


def task(own):
    made = dataclass(frozen=True, kw_only=True)(type(f"Task{own.name}", (Task,), {"kind": own}))
    return made(name=f"typos-{own.name}", languages=("en",), data=mini(rows, train=0, dev=0), summary="typos")


NAMES = tuple(own.name for own in KINDS)
METRIC = Metric(name="words_right", kinds=NAMES, compute=words_right, signature="words_right|v:1")
MANY = plugin("kinds", kinds=KINDS, metrics=[METRIC], tasks=[task(own) for own in KINDS])


def fault(check, subject, message):
    return Fault(check=f"kinds:{check}", plugin=MANY, subject=subject, message=message)


FAULTS = [
    fault("declaration_is_sound", "wayless", "no `ways`; declare at least one.*metric 'words_rigt' does not exist"),
    fault("examples_are_accepted", "strict", r"row 0 \(from 0\): the word is misspelt; correct `check`"),
    fault(
        "right_predictions_score_best", "unfit", "right predictions score words_right 0.00; `gold` and `predictions`"
    ),
    fault("noise_keeps_the_gold", "greedy", "`noise` changes the column meant although nothing is edited"),
    fault("shuffle_keeps_the_texts", "shorter", "`shuffle` returns 39 rows for 40; return one for each"),
    fault("settings_are_json", "dated", "`settings` of task 'typos-dated' is not plain JSON.*; return JSON values"),
]
