"""MNLI (MultiNLI): English inference in ten genres; an intermediate task, and the training data of XNLI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import Classification, Overlap, Train, hub, local
from xharness.data.choices import located, texts
from xharness.data.jsons import read_jsonl
from xharness.data.lines import Row, nonempty
from xharness.data.tsv import pair_row, read_tsv
from xharness_tasks import xnli
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

LABELS = ("entailment", "neutral", "contradiction")
HUB = "nyu-mll/glue"
# the commit of the Parquet files, which public evaluations of GLUE pin
HUB_REVISION = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"
PAIRS = "the English pairs of MultiNLI"
_UNDECIDED = "-"


def read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the labelled pairs of a hub repository with the columns premise, hypothesis and label."""
    for row in rows:
        if row["label"] is not None:
            yield {"text": row["premise"], "text_pair": row["hypothesis"], "label": row["label"]}


@nonempty
def read_pairs(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the pairs of SNLI or MultiNLI files (JSON Lines), without those on which the annotators disagreed."""
    for path in paths:
        for number, content in read_jsonl(path):
            with located(path, number):
                text, text_pair, label = texts(content, "sentence1", "sentence2", "gold_label")
            if label != _UNDECIDED:
                yield pair_row(path, number, text, text_pair, label, LABELS)


@nonempty
def _glue(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    path = paths[0]
    for line, row in read_tsv(path, ("sentence1", "sentence2", "gold_label"), header=True):
        yield pair_row(path, line, row["sentence1"], row["sentence2"], row["gold_label"], LABELS)


MNLI = Classification(
    name="mnli",
    languages=("en",),
    labels=LABELS,
    text_pair="text_pair",
    data=(
        hub(
            HUB,
            config="mnli",
            revision=HUB_REVISION,
            splits={"train": "train", "dev": "validation_matched"},
            read=read_hub,
            also=(xnli.HUB_TRANSLATIONS,),
        ),
        local(
            *layouts(
                "MultiNLI 1.0",
                per_split("multinli_1.0/multinli_1.0_{split}.jsonl", train="train", dev="dev_matched"),
                read_pairs,
                folders=("", "mnli/"),
            ),
            *layouts(
                "GLUE",
                per_split("MNLI/{split}.tsv", train="train", dev="dev_matched"),
                _glue,
                folders=("glue_data/", ""),
            ),
            *xnli.TRAINING_TRANSLATIONS,
        ),
        synthetic("pairs", "inference", "nli", LABELS),
    ),
    train=Train(translations=xnli.OTHERS),
    test_split="dev",
    tuning=tuning(epochs=2),
    sizes={"en": 9815},
    train_size=392_702,
    overlaps=(Overlap(split="train", task="xnli", other="train", what=PAIRS),),
    summary="Decide whether a premise entails or contradicts a hypothesis, or neither; English intermediate task.",
    licence="by genre: OANC, CC BY-SA 3.0, CC BY 3.0 and others",
    citation="Williams et al. 2018, A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference, "
    "NAACL",
    homepage="https://cims.nyu.edu/~sbowman/multinli/",
    notes=(
        "Overlap: XNLI trains on the same pairs, so a target phase on xnli is a second pass over them. ANLI+ contains "
        "them too.",
        "The test labels are not public; the matched dev set is used for both evaluation and checkpoint selection.",
        "The release contains 185 matched dev pairs on which the annotators disagreed (label `-`); they are skipped, "
        "as in GLUE.",
    ),
)
