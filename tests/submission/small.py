"""A small submission of every kind that XTREME has, with its labels, and what scores it."""

from __future__ import annotations

import json
from pathlib import Path

from xharness import BitextMining, BitextRetrieval, Classification, SpanQA, Suite, Tagging
from xharness.submission.scoring import score_submission
from xharness_plugins.metrics import METRICS

METRICS_BY_NAME = {metric.name: metric for metric in METRICS}
TASKS = {
    task.name: task
    for task in (
        Classification(name="nli", languages=("en", "sw"), labels=("yes", "no"), sizes={"en": 4, "sw": 4}),
        Tagging(name="pos", languages=("en", "sw"), labels=("NOUN", "VERB", "X")),
        SpanQA(name="qa", languages=("en", "sw")),
        SpanQA(name="lqa", languages=("es",), metrics=("mlqa",)),
        BitextMining(name="mine", languages=("sw",)),
        BitextRetrieval(name="pairs", languages=("sw",)),
    )
}
SUITE = Suite(
    name="tiny",
    tasks={"nli": ("sw", "en"), "pos": (), "qa": (), "lqa": (), "mine": (), "pairs": ()},
    groups={"text": ("nli",), "qa": ("qa", "lqa"), "retrieval": ("mine", "pairs")},
)


def squad(*questions: tuple[str, list[str]]) -> str:
    qas = [{"id": name, "question": "?", "answers": [{"text": text} for text in texts]} for name, texts in questions]
    return json.dumps({"version": "1.1", "data": [{"paragraphs": [{"context": "", "qas": qas}]}]})


FILES = {
    "labels/nli/test-en.tsv": "yes\nno\nyes\nno\n",
    "labels/nli/test-sw.tsv": "yes\nno\nyes\nno\n",
    "labels/pos/test-en.tsv": "NOUN\nNOUN\nVERB\n\nX\n\n",
    "labels/pos/test-sw.tsv": "NOUN\n\nVERB\nX\n\n",
    "labels/qa/test-en.json": squad(("q1", ["a cat", "cats"]), ("q2", ["dog"])),
    "labels/qa/test-sw.json": squad(("q1", ["paka mkubwa"]), ("q2", ["mbwa"])),
    "labels/lqa/test-es.json": squad(("q1", ["el gato"])),
    "labels/mine/test-sw.tsv": "sw-1\ten-1\nsw-2\ten-2\n",
    "labels/pairs/test-sw.tsv": "2\n0\n1\n",
    "predictions/nli/test-en.tsv": "yes\nno\nyes\nyes\n",
    "predictions/nli/test-sw.tsv": "yes\nyes\nyes\nyes\n",
    "predictions/pos/test-en.tsv": "NOUN\nNOUN\nVERB\n\nVERB\n\n",
    "predictions/pos/test-sw.tsv": "VERB\n\nX\nVERB\n\n",
    "predictions/qa/test-en.json": json.dumps({"q1": "The cat!", "q2": "dog"}),
    "predictions/qa/test-sw.json": json.dumps({"q1": "paka", "q2": "mbwa"}),
    "predictions/lqa/test-es.json": json.dumps({"q1": "¿gato?"}),
    "predictions/mine/test-sw.tsv": "sw-1\ten-1\nsw-9\ten-2\n",
    "predictions/pairs/test-sw.tsv": "2\n1\n1\n",
}


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def score(folder: Path, metrics=METRICS_BY_NAME):
    official, report = score_submission(SUITE, TASKS, metrics, folder / "predictions", folder / "labels")
    json.dumps([official, report], allow_nan=False)
    return official, report


def cell(folder: Path, task: str, language: str):
    return score(folder)[1]["tasks"][task]["languages"][language]
