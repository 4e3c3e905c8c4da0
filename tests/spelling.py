"""A third party's plugin with a kind of its own: a word is spelt right; with a metric, an adapter, a task and a source.

Its model corrects words by a table; nothing of the kind is known to the harness.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness import Column, Kind, Metric, Model, ModelInfo, Scored, Source, Suite, Task, head, hookimpl

WORDS = {"en": ("teh the", "adn and", "of of"), "sw": ("moaj moja", "mbili mbili", "taut tatu")}

SPELLING = Kind(
    name="spelling",
    summary="a word is spelt right",
    ways=(head("correct"),),
    columns={"typed": Column("the word as it was typed"), "meant": Column("the word that was meant", optional=True)},
    gold=lambda examples: [example["meant"] for example in examples],
    has_gold=lambda gold, task: None not in gold,
    predictions=lambda rows: [row["prediction"] for row in rows],
    settings=lambda task: {"alphabet": task.alphabet},
    metrics=("words_right",),
    headline=("words_right",),
    needs_finetuning=False,
    tokens=3,
)


@dataclass(frozen=True, kw_only=True)
class Spelling(Task):
    """A task of kind spelling; `alphabet` changes what a model predicts."""

    kind = SPELLING
    alphabet: str = "latin"


class Speller:
    def __init__(self, path: Path) -> None:
        self.table: Mapping[str, str] = json.loads((path / "speller.json").read_text("utf-8"))

    def describe(self) -> Mapping[str, Any]:
        return {"words": len(self.table)}

    def correct(self, examples):
        for example in examples:
            yield {"prediction": self.table.get(example["typed"], example["typed"])}


def words_right(predictions, gold, language):
    import numpy as np

    right = np.array([[ours == theirs, 1] for ours, theirs in zip(predictions, gold, strict=True)], dtype=float)
    value = 100 * right[:, 0].sum() / len(gold)
    combine = {"words_right": lambda sums: 100 * sums[:, 0] / sums[:, 1]}
    return Scored(values={"words_right": value}, n=len(gold), stats=right, combine=combine)


def inspect(path, reference, revision, options):
    return ModelInfo(
        reference=reference, adapter="speller", path=path, revision=revision, architecture="Speller", hidden_size=1,
        fingerprint=(path / "speller.json").read_text("utf-8"), layers=1, parameters=1, bytes=1, max_length=1,
    )  # fmt: skip


def load(task, language, split, options):
    from datasets import Dataset

    return Dataset.from_list([dict(zip(("typed", "meant"), pair.split(), strict=True)) for pair in WORDS[language]])


def checkpoint(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "speller.json").write_text('{"teh": "the", "moaj": "moja", "taut": "taut"}', encoding="utf-8")
    return folder


@hookimpl
def xharness_kinds():
    yield SPELLING


@hookimpl
def xharness_metrics():
    yield Metric(name="words_right", kinds=("spelling",), compute=words_right, signature="words_right|v:1")


@hookimpl
def xharness_models():
    yield Model(
        name="speller",
        summary="corrects words by a table",
        capabilities=frozenset({"correct"}),
        claims=lambda path: (path / "speller.json").exists(),
        inspect=inspect,
        load=lambda path, capability, task, params, options: Speller(path),
    )


@hookimpl
def xharness_sources():
    fingerprint = "{0.name}/{1}/{2}".format
    yield Source(
        name="typed",
        summary="words as they were typed",
        fingerprint=lambda task, language, split, options: fingerprint(task, language, split),
        load=load,
        offline=True,
    )


@hookimpl
def xharness_tasks():
    yield Spelling(name="typos", languages=("en", "sw"), sizes={"en": 3, "sw": 3})


@hookimpl
def xharness_suites():
    yield Suite(name="typing", tasks={"typos": ()})
