"""COPA: English causal reasoning; training data of XCOPA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import MultipleChoice, NoisePolicy, hub, local
from xharness.data.choices import choices_reader, label_index, texts
from xharness.data.lines import Row
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

_QUESTIONS = ("cause", "effect")
ENGLISH_QUESTIONS = tuple(f"What was the {question}?" for question in _QUESTIONS)
# The question stays; the choices are changed alike, so that errors do not tell them apart.
NOISE = NoisePolicy(protected=(rf"What was the (?:{'|'.join(_QUESTIONS)})\?$",), tied=True)
_INDICES = {"0": 0, "1": 1, "choice1": 0, "choice2": 1}


def with_question(premise: str, question: str) -> str:
    """Return a premise followed by its question, which is in English in every language.

    Source: google-research/xtreme, third_party/run_xcopa.py.
    """
    return f"{premise} What was the {question}?"


def read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of a hub repository with the columns of COPA."""
    return map(_example, rows)


def read(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of JSON Lines files with the keys of COPA; a test set with only 0 as label is unlabelled.

    The official scripts overwrite the labels of a test set with 0.
    """
    rows = _read(paths, language, split)
    return _without_placeholders(rows) if split == "test" else rows


def _example(row: Mapping[str, Any]) -> Row:
    premise, question, *choices = texts(row, "premise", "question", "choice1", "choice2")
    if question not in _QUESTIONS:
        raise ValueError(f"unknown question '{question}', expected one of {', '.join(_QUESTIONS)}")
    return {
        "context": with_question(premise, question),
        "choices": choices,
        "label": label_index(row.get("label"), _INDICES),
    }


_read = choices_reader(_example)


def _without_placeholders(rows: Iterable[Row]) -> Iterator[Row]:
    examples = list(rows)
    hidden = not any(row["label"] for row in examples)
    return ({**row, "label": None} if hidden else row for row in examples)


COPA = MultipleChoice(
    name="copa",
    languages=("en",),
    number=2,
    data=(
        hub(
            "aps/super_glue",
            config="copa",
            # the commit of the Parquet files, which public evaluations of SuperGLUE pin
            revision="3de24cf8022e94f4ee4b9d55a6f539891524d646",
            read=read_hub,
        ),
        local(
            *layouts(
                "SuperGLUE release",
                per_split("COPA/{split}.jsonl", train="train", dev="val", test="test"),
                read,
                folders=("", "copa/", "xcopa/"),
            ),
            *layouts(
                "XTREME-R download",
                per_split("{split}-{lang}.jsonl", train="train", dev="val", test="test"),
                read,
                folders=("xcopa/", "copa/"),
            ),
            *layouts(
                "XTREME-R download, unprocessed",
                per_split("xcopa/{split}.{lang}.jsonl", train="train", dev="val", test="test"),
                read,
            ),
        ),
        synthetic("causes", "alternatives", train=400),
    ),
    train="en",
    english=ENGLISH_QUESTIONS,
    noise=NOISE,
    test_split="dev",
    sizes={"en": 100},
    train_size=400,
    summary="Choose the cause or effect of an English sentence from two sentences; training data of XCOPA.",
    licence="BSD 2-Clause",
    citation="Roemmele et al. 2011, Choice of Plausible Alternatives: An Evaluation of Commonsense Causal Reasoning, "
    "AAAI Spring Symposium",
    homepage="https://people.ict.usc.edu/~gordon/copa.html",
    notes=(
        "SuperGLUE hides the test labels, and XTREME-R files have 0 instead, which is read as unlabelled; dev, 100 "
        "questions, is evaluated.",
        "XCOPA is translated from the dev and test sets.",
    ),
)
