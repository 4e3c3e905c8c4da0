"""Social IQa: English questions on social interactions; the first training task of XCOPA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from xharness import DataError, MultipleChoice, hub, local
from xharness.data.choices import choices_reader, label_index, located, read_objects, texts
from xharness.data.lines import Row, nonempty, read_lines
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

_LETTERS = {"A": 0, "B": 1, "C": 2}
_NUMBERS = {"1": 0, "2": 1, "3": 2}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return (_row(row, label_index(row["label"], _NUMBERS)) for row in rows)


def _row(row: Mapping[str, Any], label: int | None) -> Row:
    context, question, *answers = texts(row, "context", "question", "answerA", "answerB", "answerC")
    return {"context": f"{context} {question}", "choices": answers, "label": label}


@nonempty
def _release(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of a file of questions and a file of labels, line by line."""
    path, labels = paths
    for question, answer in zip_longest(read_objects(path), read_lines(labels)):
        if question is None or answer is None:
            raise DataError(f"{path} and {labels.name}: different numbers of lines; expected one label per question")
        with located(labels, answer[0]):
            label = label_index(answer[1].strip(), _NUMBERS)
        with located(path, question[0]):
            yield _row(question[1], label)


_download = choices_reader(lambda row: _row(row, label_index(row.get("correct"), _LETTERS)))

SIQA = MultipleChoice(
    name="siqa",
    languages=("en",),
    number=3,
    data=(
        hub(
            "lighteval/siqa",
            # the commit that lighteval's own tasks pin
            revision="54c6a1f8cb6daf4f5abf24a601852612fb35eb25",
            splits={"train": "train", "dev": "validation"},
            read=_read_hub,
        ),
        local(
            *layouts(
                "XTREME-R download",
                per_split("siqa/socialIQa_v1.4_{split}.jsonl", train="trn", dev="dev", test="tst"),
                _download,
            ),
            *layouts(
                "Social IQa release",
                per_split(
                    "socialiqa-train-dev/{split}.jsonl",
                    "socialiqa-train-dev/{split}-labels.lst",
                    train="train",
                    dev="dev",
                ),
                _release,
                folders=("siqa/", "socialiqa/", ""),
            ),
        ),
        synthetic("causes", "answers", "causes", 3),
    ),
    train="en",
    test_split="dev",
    sizes={"en": 1954},
    train_size=33_410,
    summary="Choose the answer to an English question on an everyday scene from three; first training task of XCOPA.",
    licence="CC BY 4.0",
    citation="Sap et al. 2019, Social IQa: Commonsense Reasoning about Social Interactions, EMNLP",
    homepage="https://maartensap.github.io/social-iqa/",
    notes=(
        "The release and the hub have no test set; dev is evaluated. The XTREME-R download has one, tst.",
        "allenai/social_i_qa on the hub needs a script, which datasets no longer runs; a Parquet copy is used.",
        "Labels are A, B, C in the XTREME-R download, and 1, 2, 3 in the release and on the hub.",
    ),
)
