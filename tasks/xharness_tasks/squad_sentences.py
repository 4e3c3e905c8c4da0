"""SQuAD v1.1 as retrieval: English questions and their answer sentences; training data of LAReQA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import Overlap, PassageRetrieval, Tuning, hub, local
from xharness.data.lines import Row, nonempty
from xharness.data.passages import training_queries
from xharness.data.squad import hub_questions, read_squad
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.squad import TRAINING_QUESTIONS


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return training_queries(hub_questions(rows))


@nonempty
def _read_local(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    yield from training_queries(read_squad(paths, language, split))


SQUAD_SENTENCES = PassageRetrieval(
    name="squad_sentences",
    languages=("en",),
    data=(
        hub(
            "rajpurkar/squad",
            # the commit of the Parquet files, which public evaluations of SQuAD pin
            revision="7b6d24c440a36b6815f21b70d25016731768db1f",
            splits={"train": "train"},
            read=_read_hub,
        ),
        local(*layouts("SQuAD v1.1", {"train": ("squad/train-v1.1.json",)}, _read_local)),
        synthetic("passages", "answered", test=0, dev=0),
    ),
    train="en",
    test_split="train",
    tuning=Tuning(epochs=3, learning_rate=2e-5, batch_size=16, negatives=4, max_length=256, selection="last"),
    train_size=87_599,
    overlaps=tuple(
        Overlap(split="train", task=name, other="train", what=TRAINING_QUESTIONS) for name in ("squad_v1", "squad_v2")
    ),
    summary="English questions on Wikipedia paragraphs with their answer sentences; training data of LAReQA.",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2016, SQuAD: 100,000+ Questions for Machine Comprehension of Text, EMNLP",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
    notes=(
        "For training only: it has no candidates and is not evaluated.",
        "Paragraphs are split into sentences by rules of xharness, since the official splitter is not published as a "
        "package. On the English paragraphs of XQuAD-R the rules find 99 % of the official sentence breaks and no "
        "others.",
    ),
)
