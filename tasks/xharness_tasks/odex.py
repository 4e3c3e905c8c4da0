"""ODEX: Python code for questions of Stack Overflow in four languages, checked by tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from xharness import CodeGeneration, hub, local
from xharness.data.jsons import read_jsonl
from xharness.data.lines import Row, nonempty
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.programs import EXECUTED, INDENT, row, with_check

SIZES = {"en": 439, "es": 90, "ja": 164, "ru": 252}
LANGUAGES = tuple(SIZES)
_COMMIT = "21308ea6d474a078d5a85c61c2b5ca228d1fd167"
_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint", "```")


@cache
def failing() -> Mapping[str, Mapping[str, str]]:
    """Return by language the ids of problems whose reference solution fails in the sandbox, with the status."""
    content: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("odex_failing.json").read_text("utf-8"))
    return content


def read_rows(problems: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the problems; those whose reference solution fails in the sandbox have no tests."""
    unfit = failing()[language]
    return ({**each, "tests": None} if each["id"] in unfit else each for each in _rows(problems))


def all_rows(path: Path) -> Iterator[Row]:
    """Yield the problems of a file, all with their tests."""
    return _rows(content for _, content in read_jsonl(path))


def _rows(problems: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the problems; the question is put into the prompt as a docstring, as the official evaluation does."""
    for number, problem in enumerate(problems):
        head, _, body = _spaced(problem["prompt"]).partition("\n")
        text = problem["intent"].strip()
        tests = f"{problem['test_start']}{''.join(problem['test'])}"
        yield row(
            f"{problem['task_id']}-{number}",
            f'{head}\n{INDENT}"""{text}\n{INDENT}"""\n{body}',
            text,
            _spaced(problem["canonical_solution"]),
            suffix=_spaced(problem["suffix"]),
            tests=with_check(tests, problem["entry_point"]),
            entry_point=problem["entry_point"],
        )


def _spaced(code: str) -> str:
    return code.replace("\t", INDENT)


@nonempty
def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the problems of a file of the repository."""
    return (each for path in paths for each in read_rows((content for _, content in read_jsonl(path)), language))


DATA = (
    hub("neulab/odex", config="{lang}", splits={"test": "test"}, read=read_rows),
    local(*layouts("ODEX", {"test": ("data/{lang}_test.jsonl",)}, read_files, folders=("odex/", ""))),
    synthetic("programs", "functions", train=0, dev=0),
)
_ABOUT: Mapping[str, Any] = {
    "languages": LANGUAGES,
    "data": DATA,
    "sizes": SIZES,
    "licence": "CC BY-SA 4.0",
    "citation": "Wang et al. 2023, Execution-Based Evaluation for Open-Domain Code Generation, Findings of EMNLP",
    "homepage": "https://github.com/zorazrw/odex",
}
NOTES = (
    f"Official files: github.com/zorazrw/odex, commit {_COMMIT}, folder data.",
    "All tests of a problem count; the official evaluation draws one. The languages have different questions.",
    "Some reference solutions fail: they need the network, packages, or an older Python.",
)

ODEX = CodeGeneration(
    name="odex",
    most=128,
    stops=_STOPS,
    summary="Python code for questions in English, Spanish, Japanese and Russian, with tests.",
    notes=NOTES,
    **EXECUTED,
    **_ABOUT,
)
ODEX_NLL = CodeGeneration(
    name="odex_nll",
    likelihood=True,
    metrics=("canonical_nll",),
    headline=("canonical_nll",),
    summary="How likely the reference solutions of ODEX are after questions in four languages; nothing is written.",
    notes=NOTES,
    **_ABOUT,
)
