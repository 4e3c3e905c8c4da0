"""MCoNaLa: Python snippets for questions of Stack Overflow in Spanish, Japanese and Russian."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import CodeGeneration, DataError, Train, hub, local
from xharness.data.jsons import read_json
from xharness.data.lines import Row, nonempty
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.programs import row

SIZES = {"es": 341, "ja": 210, "ru": 345}
LANGUAGES = tuple(SIZES)
FOLDERS = ("mconala/", "multilingual-conala/", "")
_COMMIT = "b48112fe492432507d72004aafb6f0c399308333"
_STOPS = ("\n\n", "\n#", "```")


def read_rows(problems: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the problems; one without a rewritten intent has the intent as its description, which is a repair."""
    for number, problem in enumerate(problems):
        rewritten = problem.get("rewritten_intent")
        text = (rewritten or problem["intent"]).strip().replace("\n", "\\n")
        yield row(
            f"{problem['question_id']}-{number}",
            f"# {text}\n",
            text,
            problem["snippet"],
            repairs=[] if rewritten else ["rewritten_intent"],
        )


@nonempty
def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the problems of a file of the repository; DataError if it is not a list of problems."""
    for path in paths:
        content = read_json(path)
        if not isinstance(content, list):
            raise DataError.at(path, None, "not a list of problems")
        yield from read_rows(content, language)


CITATION = (
    "Wang et al. 2023, MCoNaLa: A Benchmark for Code Generation from Multiple Natural Languages, Findings of EACL"
)
DATA = (
    hub("neulab/mconala", config="{lang}", splits={"test": "test"}, read=read_rows),
    local(
        *layouts(
            "MCoNaLa",
            {"test": ("dataset/test/{lang}_test.json",), "train": ("dataset/train/train.json",)},
            read_files,
            folders=FOLDERS,
        )
    ),
    synthetic("programs", "snippets", train=100, dev=0),
)
_ABOUT: Mapping[str, Any] = {
    "languages": LANGUAGES,
    "data": DATA,
    "sizes": SIZES,
    "train": Train(),
    "train_size": 2379,
    "licence": "CC BY-SA 4.0",
    "citation": CITATION,
    "homepage": "https://github.com/zorazrw/multilingual-conala",
}
NOTES = (
    f"Official files: github.com/zorazrw/multilingual-conala, commit {_COMMIT}, folder dataset.",
    "The split train is the English training set of CoNaLa: --shots takes its examples from there.",
    "There is no English test set, so there is no transfer gap. The languages have different questions.",
)

MCONALA = CodeGeneration(
    name="mconala",
    most=128,
    stops=_STOPS,
    metrics=("bleu", "bleu_13a", "chrf", "code_exact_match", "syntax_rate"),
    summary="Python snippets for questions in Spanish, Japanese and Russian.",
    notes=NOTES,
    **_ABOUT,
)
MCONALA_NLL = CodeGeneration(
    name="mconala_nll",
    likelihood=True,
    metrics=("canonical_nll",),
    headline=("canonical_nll",),
    summary="How likely the reference snippets of MCoNaLa are after questions in three languages; nothing is written.",
    notes=NOTES,
    **_ABOUT,
)
