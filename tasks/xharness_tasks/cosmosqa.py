"""Cosmos QA: English questions on the implicit content of blog texts; an intermediate task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import MultipleChoice, hub, local
from xharness.data.choices import choices_reader, label_index, located, texts
from xharness.data.lines import Row, nonempty, read_lines
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

_ANSWERS = tuple(f"answer{number}" for number in range(4))
_INDICES = {str(number): number for number in range(4)}
_SPLITS = {"train": "train", "dev": "validation"}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return map(_example, rows)


def _example(row: Mapping[str, Any]) -> Row:
    context, question, *answers = texts(row, "context", "question", *_ANSWERS)
    return {"context": f"{context} {question}", "choices": answers, "label": label_index(row.get("label"), _INDICES)}


@nonempty
def _table(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of a csv file with a header, whose fields may contain line breaks."""
    import csv

    for path in paths:
        reader = csv.DictReader(f"{line}\n" for _, line in read_lines(path))
        for row in reader:
            with located(path, reader.line_num):
                yield _example(row)


COSMOSQA = MultipleChoice(
    name="cosmosqa",
    languages=("en",),
    number=4,
    data=(
        hub(
            "allenai/cosmos_qa",
            config="default",
            # a commit of the branch refs/convert/parquet, since the main branch needs a script
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
        synthetic("causes", "answers", "causes", 4),
    ),
    train="en",
    test_split="dev",
    tuning=tuning(epochs=3),
    sizes={"en": 2985},
    train_size=25_262,
    summary="Choose the answer to a question on what a blog text implies from four; English intermediate task.",
    licence="CC BY 4.0",
    citation="Huang et al. 2019, Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning, EMNLP",
    homepage="https://wilburone.github.io/cosmos/",
    notes=(
        "The test labels are not public; dev is used for both evaluation and checkpoint selection.",
        "allenai/cosmos_qa on the hub needs a script, which datasets no longer runs; the Parquet files converted by "
        "the hub are used, or Samsoup/cosmos_qa if it has the same number of rows.",
        "Overlap: none with a test set of XTREME or XTREME-R.",
    ),
)
