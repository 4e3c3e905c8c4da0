"""mHumanEval: the 164 problems of HumanEval with docstrings that were machine-translated into all 50 languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import LANGUAGES, CodeGeneration, DataError, local
from xharness.data.jsons import read_json
from xharness.data.lines import Row, nonempty
from xharness.metrics.valid_python import compiles
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.programs import EXECUTED, INDENT, STOPS, description, entry_point, row, swapped, with_check

CODES = ("en", *(code for code in LANGUAGES if code != "en"))
SIZES = dict.fromkeys(CODES, 164)
# Their prompts have two docstrings, which the translated files have in each other's place.
_SWAPPED = frozenset(f"HumanEval/{number}" for number in (10, 32, 38, 50, 64))
COMMIT = "b4ac5b3f59bb8a9b27fabd2d63080963995b1388"
_ENGLISH = "en"


def read_rows(problems: Iterable[Mapping[str, Any]], *, swaps: bool) -> Iterator[Row]:
    """Yield problems, repaired.

    The repairs: `docstrings` exchanges two docstrings, with `swaps`; `quotes` puts a space between a quotation mark and
    the end of a docstring; `indentation` indents a solution.
    """
    from textwrap import indent

    for problem in problems:
        name, prompt, repairs = problem["task_id"], problem["prompt"], []
        if '""""' in prompt:
            prompt = prompt.replace('""""', '" """')
            repairs.append("quotes")
        if swaps and name in _SWAPPED:
            prompt = swapped(prompt)
            repairs.append("docstrings")
        target = problem["canonical_solution"]
        if not compiles(prompt + target):
            target = indent(target, INDENT)
            repairs.append("indentation")
        function = entry_point(prompt)
        yield row(
            name,
            prompt,
            description(prompt),
            target,
            tests=with_check(problem["test"], function),
            entry_point=function,
            repairs=repairs,
        )


@nonempty
def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the problems of a file of the repository; DataError if it is not a list of problems."""
    for path in paths:
        content = read_json(path)
        if not isinstance(content, list):
            raise DataError.at(path, None, "not a list of problems")
        yield from read_rows(content, swaps=language != _ENGLISH)


REPOSITORY = ("mhumaneval/", "mHumanEval-Benchmark/", "")
"""Possible folders of the repository."""
_FOLDERS = tuple(f"{folder}mHumanEval-max/" for folder in REPOSITORY)
ENGLISH = layouts("mHumanEval", {"test": ("mHumanEval-en-python.json",)}, read_files, _FOLDERS, languages=("en",))
DATA = (
    local(
        *layouts("mHumanEval", {"test": ("mHumanEval-{flores}-python.json",)}, read_files, folders=_FOLDERS),
        *ENGLISH,
    ),
    synthetic("programs", "functions", train=0, dev=0),
)
CITATION = (
    "Raihan et al. 2025, mHumanEval: A Multilingual Benchmark to Evaluate Large Language Models for Code Generation, "
    "NAACL"
)
HOMEPAGE = "https://github.com/mraihan-gmu/mHumanEval-Benchmark"
_ABOUT: Mapping[str, Any] = {
    "languages": CODES,
    "data": DATA,
    "sizes": SIZES,
    "parallel": True,
    "licence": "Apache-2.0",
    "citation": CITATION,
    "homepage": HOMEPAGE,
}
NOTES = (
    f"Official files: github.com/mraihan-gmu/mHumanEval-Benchmark, commit {COMMIT}, folder mHumanEval-max.",
    "Five problems have two docstrings, which the translated files have in each other's place; they are exchanged. "
    "Solutions without indentation and docstrings that end in four quotation marks are repaired too. The note "
    "repaired_rows counts these rows.",
    "The function to write is the last one that a prompt defines; four prompts define a helper before it.",
    "Examples are part of the translated sentences: the translation may have changed them.",
)

MHUMANEVAL = CodeGeneration(
    name="mhumaneval",
    indent=INDENT,
    stops=STOPS,
    summary="Python functions from machine-translated docstrings in 50 languages.",
    notes=NOTES,
    **EXECUTED,
    **_ABOUT,
)
MHUMANEVAL_NLL = CodeGeneration(
    name="mhumaneval_nll",
    likelihood=True,
    metrics=("canonical_nll",),
    headline=("canonical_nll",),
    summary="How likely the reference solutions of mHumanEval are after prompts in 50 languages; nothing is written.",
    notes=NOTES,
    **_ABOUT,
)
