"""Choose the code for a description among similar and random code: a cross-encoder is trained on English."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

from xharness import Reranking, Train, Tuning, hub, local
from xharness.data.lines import Row
from xharness.metrics.code_tokens import code_tokens
from xharness_tasks import mconala
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

NUMBER, TRAINING = 20, 8
_COMMON = 0.05
"""The share of snippets from which on a token does not make two of them similar."""


def with_pool(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a row of kind reranking for each row of kind generation, with the snippets of all rows as candidates.

    Equal snippets are one candidate, and those with the same tokens as the right one are left out. The candidates are
    sorted, so that their order says nothing of the question.
    """
    problems = list(rows)
    tokens = {problem["target"].rstrip(): tuple(code_tokens(problem["target"])) for problem in problems}
    for problem in problems:
        right = problem["target"].rstrip()
        choices = sorted(code for code in tokens if code == right or tokens[code] != tokens[right])
        yield {"context": problem["text"], "choices": choices, "label": choices.index(right)}


def with_choices(rows: Iterable[Row], number: int) -> Iterator[Row]:
    """Yield a row of kind reranking for each row of kind generation, with at most `number` candidates.

    Half of the wrong candidates have the rare tokens of the right one, the others are random. Candidates with the same
    tokens as the right one are left out. The draws depend on the ids of the rows only.
    """
    from random import Random

    problems = list(rows)
    codes = [tuple(code_tokens(problem["target"])) for problem in problems]
    similar = _Similar(codes)
    for index, problem in enumerate(problems):
        draw = Random(str(problem["id"]))
        near = similar.to(index)[: (number - 1) // 2]
        others = [other for other, code in enumerate(codes) if code != codes[index] and other not in near]
        wrong = [*near, *draw.sample(others, min(number - 1 - len(near), len(others)))]
        chosen = sorted([index, *wrong], key=lambda _: draw.random())
        choices = [problems[each]["target"].rstrip() for each in chosen]
        yield {"context": problem["text"], "choices": choices, "label": chosen.index(index)}


class _Similar:
    """Finds snippets with the same rare tokens."""

    def __init__(self, codes: Sequence[tuple[str, ...]]) -> None:
        self._codes = codes
        self._holders: dict[str, list[int]] = defaultdict(list)
        for index, code in enumerate(codes):
            for token in sorted(set(code)):
                self._holders[token].append(index)

    def to(self, index: int) -> list[int]:
        """Return other snippets, the most similar first: by the sum of log(number / holders) of shared rare tokens."""
        number = len(self._codes)
        found: dict[int, float] = defaultdict(float)
        for token in sorted(set(self._codes[index])):
            holders = self._holders[token]
            if len(holders) <= max(2, _COMMON * number):
                for each in holders:
                    found[each] += log(number / len(holders))
        others = [each for each in found if self._codes[each] != self._codes[index]]
        return sorted(others, key=lambda each: (-found[each], each))


def read_rows(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of the hub repository of MCoNaLa, of which all are tests."""
    return with_choices(mconala.read_rows(rows, language), NUMBER)


def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of files of the repository; those of the training split have fewer candidates."""
    return with_choices(mconala.read_files(paths, language, split), TRAINING if split == "train" else NUMBER)


def read_pool_rows(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of the hub repository of MCoNaLa, each with the snippets of all as candidates."""
    return with_pool(mconala.read_rows(rows, language))


def read_pool_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of files of the repository, each with the snippets of all as candidates."""
    return with_pool(mconala.read_files(paths, language, split))


_ABOUT: Mapping[str, Any] = {
    "languages": mconala.LANGUAGES,
    "sizes": mconala.SIZES,
    "licence": "CC BY-SA 4.0",
    "citation": mconala.CITATION,
    "homepage": "https://github.com/zorazrw/multilingual-conala",
}
CODECHOICE_MCONALA = Reranking(
    name="codechoice_mconala",
    number=NUMBER,
    train=Train(),
    train_size=2379,
    tuning=Tuning(epochs=3, learning_rate=1e-5, batch_size=32, max_length=96, warmup_steps=0.1, selection="last"),
    data=(
        hub("neulab/mconala", config="{lang}", splits={"test": "test"}, read=read_rows),
        local(
            *layouts(
                "MCoNaLa",
                {"test": ("dataset/test/{lang}_test.json",), "train": ("dataset/train/train.json",)},
                read_files,
                folders=mconala.FOLDERS,
            )
        ),
        synthetic("programs", "choices", train=100, dev=0),
    ),
    summary="Choose the snippet of each question of MCoNaLa among 20; trained on English questions, with 8 candidates.",
    notes=(
        "Half of the wrong snippets share rare tokens with the right one, the others are random.",
        "A random order has a mean reciprocal rank of 18.0.",
    ),
    **_ABOUT,
)
CODECHOICE_MCONALA_POOL = Reranking(
    name="codechoice_mconala_pool",
    train=Train(task="codechoice_mconala"),
    train_size=2379,
    tuning=CODECHOICE_MCONALA.tuning,
    data=(
        hub("neulab/mconala", config="{lang}", splits={"test": "test"}, read=read_pool_rows),
        local(
            *layouts("MCoNaLa", {"test": ("dataset/test/{lang}_test.json",)}, read_pool_files, folders=mconala.FOLDERS)
        ),
        synthetic("programs", "pool", train=0, dev=0),
    ),
    summary="Choose the snippet of each question of MCoNaLa among those of all questions of its language.",
    notes=(
        "The checkpoint is that of codechoice_mconala.",
        "A head reads each question with each snippet: 265,000 pairs in the three languages.",
        "A random order has a mean reciprocal rank of 1.9 in es, 2.8 in ja and 2.0 in ru.",
    ),
    **_ABOUT,
)
