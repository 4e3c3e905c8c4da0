"""HumanEval-XL: Python functions from docstrings in 23 languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import CodeGeneration, hub, local
from xharness.data.jsons import read_jsonl
from xharness.data.lines import Row, nonempty
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.programs import EXECUTED, INDENT, STOPS, before_examples, description, row, with_check

LANGUAGES = tuple("en af ar bg de el es et fa fi fr he hu id it ms nl pt ru tl tr vi zh".split())
SIZES = dict.fromkeys(LANGUAGES, 80)
# The numbers in HumanEval of the 80 problems, found by the names of the functions.
_NUMBERS = tuple(
    map(
        int,
        (
            "3 8 11 12 13 19 21 27 30 31 34 39 40 43 46 47 48 51 52 53 54 55 58 59 60 62 63 64 69 71 72 75 79 80 81 82 "
            "84 87 90 91 94 95 99 100 101 102 103 106 107 109 110 112 115 117 120 122 127 130 131 132 133 134 135 136 "
            "139 143 144 145 146 147 148 150 151 153 154 156 157 161 162 163"
        ).split(),
    )
)
FOLDERS = ("humaneval_xl/", "HumanEval-XL/", "")
_COMMIT = "1e9301f6cfc2d3481a7f7e44569982285238ac99"


def read_rows(rows: Iterable[Mapping[str, Any]], language: str = "") -> Iterator[Row]:
    """Yield the problems; a description that is not in its prompt is read from the docstring, which is a repair."""
    for problem in rows:
        prompt, text = problem["prompt"], before_examples(problem["description"] or "")
        found = bool(text) and text in prompt
        number = int(problem["task_id"].rpartition("/")[2])
        yield row(
            f"HumanEval/{_NUMBERS[number]}",
            prompt,
            text if found else description(prompt),
            problem["canonical_solution"],
            tests=with_check(problem["test"], problem["entry_point"]),
            entry_point=problem["entry_point"],
            repairs=[] if found else ["description"],
        )


@nonempty
def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the problems of a file of the repository."""
    return (each for path in paths for each in read_rows(content for _, content in read_jsonl(path)))


CITATION = (
    "Peng et al. 2024, HumanEval-XL: A Multilingual Code Generation Benchmark for Cross-lingual Natural "
    "Language Generalization, LREC-COLING"
)
DATA = (
    hub("floatai/HumanEval-XL", splits={"test": "test"}, files="data/python/{name}.jsonl", read=read_rows),
    local(
        *layouts(
            "HumanEval-XL",
            {"test": ("data/python/{name}.jsonl",)},
            read_files,
            folders=FOLDERS,
        )
    ),
    synthetic("programs", "functions", train=0, dev=0),
)
_ABOUT: Mapping[str, Any] = {
    "languages": LANGUAGES,
    "data": DATA,
    "sizes": SIZES,
    "parallel": True,
    "licence": "MIT",
    "citation": CITATION,
    "homepage": "https://github.com/floatai/HumanEval-XL",
}
NOTES = (
    f"Official files: github.com/floatai/HumanEval-XL, commit {_COMMIT}, folder data/python.",
    "The prompts show test cases: the note visible_tests counts them.",
    "Descriptions of three English problems differ from their prompts; they are read from the docstrings.",
)

HUMANEVAL_XL = CodeGeneration(
    name="humaneval_xl",
    indent=INDENT,
    stops=STOPS,
    summary="Python functions from docstrings in 23 languages.",
    notes=NOTES,
    **EXECUTED,
    **_ABOUT,
)
HUMANEVAL_XL_NLL = CodeGeneration(
    name="humaneval_xl_nll",
    likelihood=True,
    metrics=("canonical_nll",),
    headline=("canonical_nll",),
    summary="How likely the reference solutions of HumanEval-XL are after prompts in 23 languages; nothing is written.",
    notes=NOTES,
    **_ABOUT,
)
