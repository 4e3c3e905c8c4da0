"""HellaSwag: English sentence completion; an intermediate task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import MultipleChoice, hub, local
from xharness.data.choices import choices_reader, label_index, texts
from xharness.data.lines import Row
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

_INDICES = {str(number): number for number in range(4)}


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return map(_example, rows)


def _example(row: Mapping[str, Any]) -> Row:
    """Return an example as in jiant: each choice is the unfinished last sentence with an ending."""
    context, beginning = texts(row, "ctx_a", "ctx_b")
    endings = row.get("endings")
    if not isinstance(endings, list) or not all(isinstance(ending, str) for ending in endings):
        raise ValueError("endings is not a list of texts")
    # A missing label is an empty text on the hub.
    label = label_index(row.get("label") if row.get("label") != "" else None, _INDICES)
    return {"context": context, "choices": [f"{beginning} {ending}".strip() for ending in endings], "label": label}


HELLASWAG = MultipleChoice(
    name="hellaswag",
    languages=("en",),
    number=4,
    data=(
        hub(
            "Rowan/hellaswag",
            # the commit of the Parquet files, which public evaluations of HellaSwag pin
            revision="218ec52e09a7e7462a5400043bb9a69a41d06b76",
            splits={"train": "train", "dev": "validation"},
            read=_read_hub,
        ),
        local(
            *layouts(
                "HellaSwag release",
                per_split("hellaswag_{split}.jsonl", train="train", dev="val", test="test"),
                choices_reader(_example),
                folders=("hellaswag/", ""),
            ),
        ),
        synthetic("causes", "answers", "hellaswag", 4),
    ),
    train="en",
    test_split="dev",
    tuning=tuning(epochs=3),
    sizes={"en": 10_042},
    train_size=39_905,
    summary="Choose the ending of an everyday scene or an instruction from four; English intermediate task.",
    licence="MIT",
    citation="Zellers et al. 2019, HellaSwag: Can a Machine Really Finish Your Sentence?, ACL",
    homepage="https://rowanzellers.com/hellaswag/",
    notes=(
        "The test labels are not public; dev is used for both evaluation and checkpoint selection.",
        "The repository of the release was removed from GitHub; the hub copy is pinned.",
        "Texts from WikiHow contain marks such as [header] and [step]. They are kept, as in jiant; evaluation "
        "harnesses for language models remove them.",
        "Long inputs are truncated at the end, as in jiant before January 2021; later versions truncate the beginning "
        "(nyu-mll/jiant pull request 1256).",
        "Overlap: none with a test set of XTREME or XTREME-R.",
    ),
)
