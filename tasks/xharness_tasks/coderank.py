"""Rank the solutions of all problems for each description: code tasks for models that give vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import Ranking, hub, local
from xharness.data.lines import Reader, Row
from xharness.metrics.code_tokens import code_tokens
from xharness_tasks import humaneval_xl, mconala
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

_QUERY = "The query is the description alone; solutions with equal tokens count as right for each other."


def ranked(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a row of kind ranking for each row of kind generation.

    The query is the description without the code around it, whose names would give the solution away. Solutions with
    equal tokens are right for each other's descriptions.
    """
    problems = list(rows)
    equal: dict[tuple[str, ...], list[str]] = {}
    for problem in problems:
        equal.setdefault(tuple(code_tokens(problem["target"])), []).append(problem["id"])
    for problem in problems:
        gold = equal[tuple(code_tokens(problem["target"]))]
        yield {"id": problem["id"], "query": problem["text"], "candidate": problem["target"].rstrip(), "gold": gold}


def read_humaneval_xl(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of the hub repository of HumanEval-XL for ranking."""
    return ranked(humaneval_xl.read_rows(rows, language))


def read_mconala(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of the hub repository of MCoNaLa for ranking."""
    return ranked(mconala.read_rows(rows, language))


def _reader(read: Reader) -> Reader:
    def reading(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
        return ranked(read(paths, language, split))

    return reading


CODERANK_HUMANEVAL_XL = Ranking(
    name="coderank_humaneval_xl",
    languages=humaneval_xl.LANGUAGES,
    data=(
        hub("floatai/HumanEval-XL", splits={"test": "test"}, files="data/python/{name}.jsonl", read=read_humaneval_xl),
        local(
            *layouts(
                "HumanEval-XL",
                {"test": ("data/python/{name}.jsonl",)},
                _reader(humaneval_xl.read_files),
                folders=humaneval_xl.FOLDERS,
            )
        ),
        synthetic("programs", "ranking", train=0, dev=0),
    ),
    sizes=humaneval_xl.SIZES,
    parallel=True,
    summary="Find the solution of each description of HumanEval-XL among all 80, in 23 languages; no training.",
    licence="MIT",
    citation=humaneval_xl.CITATION,
    homepage="https://github.com/floatai/HumanEval-XL",
    notes=(_QUERY, "A random order has a mean reciprocal rank of 6.2."),
)
CODERANK_MCONALA = Ranking(
    name="coderank_mconala",
    languages=mconala.LANGUAGES,
    data=(
        hub("neulab/mconala", config="{lang}", splits={"test": "test"}, read=read_mconala),
        local(
            *layouts(
                "MCoNaLa",
                {"test": ("dataset/test/{lang}_test.json",)},
                _reader(mconala.read_files),
                folders=mconala.FOLDERS,
            )
        ),
        synthetic("programs", "ranking", train=0, dev=0),
    ),
    sizes=mconala.SIZES,
    summary="Find the snippet of each question of MCoNaLa among those of all questions; no training.",
    licence="CC BY-SA 4.0",
    citation=mconala.CITATION,
    homepage="https://github.com/zorazrw/multilingual-conala",
    notes=(_QUERY, "A random order has a mean reciprocal rank of 1.9 in es and ru and 2.8 in ja."),
)
