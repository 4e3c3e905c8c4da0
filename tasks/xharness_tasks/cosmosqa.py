"""Cosmos QA: English questions on what is not said in a blog, an intermediate task."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import MultipleChoice, hub, local
from xharness.data.choices import choices_reader, label_index, located, texts
from xharness.data.lines import Row, nonempty, read_lines
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import made

_ANSWERS = tuple(f"answer{number}" for number in range(4))
_PLACES = {str(number): number for number in range(4)}
_SPLITS = {"train": "train", "dev": "validation"}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return map(_example, rows)


def _example(row: Mapping[str, Any]) -> Row:
    context, question, *answers = texts(row, "context", "question", *_ANSWERS)
    return {"context": f"{context} {question}", "choices": answers, "label": label_index(row.get("label"), _PLACES)}


@nonempty
def _table(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of a csv file with a header, whose fields may hold line ends."""
    for path in paths:
        reader = csv.DictReader(f"{line}\n" for _, line in read_lines(path))
        for row in reader:
            with located(path, reader.line_num):
                yield _example(row)


COSMOSQA = MultipleChoice(
    name="cosmosqa",
    languages=("en",),
    data=(
        hub(
            "allenai/cosmos_qa",
            config="default",
            # a commit of the branch refs/convert/parquet, since the main one is read by a script
            revision="ed50fe83db62b355759053b1cd5eef344ee371e0",
            splits=_SPLITS,
            read=_read_hub,
            mirrors=(hub("Samsoup/cosmos_qa", splits=_SPLITS, read=_read_hub),),
            rows={"train": 25_262, "dev": 2985},
        ),
        local(
            *layouts(
                "Cosmos QA release",
                {"train": ("train.csv",), "dev": ("valid.csv",)},
                _table,
                folders=("cosmosqa/", "cosmosqa/data/"),
            ),
            *layouts(
                "Cosmos QA release",
                {"test": ("test.jsonl",)},
                choices_reader(_example),
                folders=("cosmosqa/", "cosmosqa/data/"),
            ),
        ),
        made("causes", "answers", "causes", 4),
    ),
    train="en",
    test_split="dev",
    tuning=tuning(epochs=3),
    sizes={"en": 2985},
    train_size=25_262,
    summary="Which of four answers fits a question on what a blog only implies? An English intermediate task.",
    licence="CC BY 4.0",
    citation="Huang et al. 2019, Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning, EMNLP",
    homepage="https://wilburone.github.io/cosmos/",
    notes=(
        "The labels of the test set are not public; dev is evaluated, and also selects the step that is kept.",
        "The hub's allenai/cosmos_qa is read by a script, which datasets no longer runs; the Parquet files that the "
        "hub has made of it are taken, or those of Samsoup/cosmos_qa if they are as many.",
        "Overlap: none with a test set of XTREME or XTREME-R.",
    ),
)
