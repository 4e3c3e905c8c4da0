"""SQuAD v1.1: English questions; training data of XQuAD and MLQA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import Overlap, SpanQA, Train, hub, local
from xharness.data.lines import Row
from xharness.data.squad import hub_questions, read_squad
from xharness_tasks.layouts import TRANSLATIONS, layouts
from xharness_tasks.mini import synthetic

TRAINING_QUESTIONS = "training questions of SQuAD v1.1"
DEV_OVERLAPS = tuple(
    Overlap(split="test", task=name, other="dev", what="the English questions of XQuAD, from the dev set of SQuAD v1.1")
    for name in ("squad_v1", "squad_v2")
)


def read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of a hub repository with the columns of SQuAD."""
    return hub_questions(rows)


SQUAD = SpanQA(
    name="squad_v1",
    languages=("en",),
    data=(
        hub(
            "rajpurkar/squad",
            # the commit of the Parquet files, which public evaluations of SQuAD pin
            revision="7b6d24c440a36b6815f21b70d25016731768db1f",
            splits={"train": "train", "dev": "validation"},
            read=read_hub,
        ),
        local(
            *layouts(
                "SQuAD v1.1",
                {"train": ("squad/train-v1.1.json",), "dev": ("squad/dev-v1.1.json",)},
                read_squad,
            ),
            *layouts(
                "XTREME translations",
                {"translated-train": ("SQuAD/translate-train/squad.translate.train.en-{lang}.json",)},
                read_squad,
                folders=TRANSLATIONS,
            ),
        ),
        synthetic("questions", "parallel", "squad_v1"),
    ),
    train=Train(translations=("ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh")),
    test_split="dev",
    sizes={"en": 10_570},
    train_size=87_599,
    summary="English questions on Wikipedia paragraphs; training data of XQuAD and MLQA.",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2016, SQuAD: 100,000+ Questions for Machine Comprehension of Text, EMNLP",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
    notes=(
        "The test set is not public; dev is evaluated. It contains the English questions of XQuAD.",
        "Overlap: xquad and mlqa train on the same questions, so a target phase on these is a second pass over them. "
        "Selecting a checkpoint by its dev score uses the English test questions of XQuAD.",
        "The official recipe had 2 epochs until 2020 and has 3 since; published scores may use either "
        "(scripts/train_qa.sh of google-research/xtreme).",
    ),
)
